/** `node --import tsx test/behaviour/generate.ts [--write]`: draws what `generated.ts` names; otherwise only looks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { run } from '../clients/command.ts';
import { COMMAND, GENERATED } from './generated.ts';

const write = process.argv.includes('--write');
for (const { file, draw, read } of GENERATED) {
  const drawn = draw();
  if (existsSync(file) && isDeepStrictEqual(read(readFileSync(file, 'utf8')), read(drawn))) {
    console.log(`${file} is up to date`);
  } else if (write) {
    writeFileSync(file, drawn);
    // The repository's layout, which is not that of JSON.stringify.
    if (file.endsWith('.json')) await run('node_modules/.bin/biome', ['format', '--write', file]);
    console.log(`${file} written`);
  } else {
    console.log(`${file} is out of date: ${COMMAND}`);
    process.exitCode = 1;
  }
}
