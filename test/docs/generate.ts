/** `node --import tsx test/docs/generate.ts [--write]`: draws the generated pages; without `--write` it only looks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { COMMAND, PAGES } from './pages.ts';

const write = process.argv.includes('--write');
for (const { file, draw } of PAGES) {
  const drawn = draw();
  if (existsSync(file) && readFileSync(file, 'utf8') === drawn) {
    console.log(`${file} is up to date`);
  } else if (write) {
    writeFileSync(file, drawn);
    console.log(`${file} written`);
  } else {
    console.log(`${file} differs from the tables: ${COMMAND}`);
    process.exitCode = 1;
  }
}
