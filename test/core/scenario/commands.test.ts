import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { check } from '../../../server/cli/check.ts';
import { explain } from '../../../server/cli/explain.ts';
import { scenarioJsonSchema, schema } from '../../../server/cli/schema.ts';
import { generateProviderKey } from '../../../server/shell/crypto.ts';
import { builtInNames, findScenarios, readScenarioFile, ScenarioFileError } from '../../../server/shell/scenarios.ts';

const folder = mkdtempSync(join(tmpdir(), 'mock-apns-scenarios-'));
const put = (name: string, text: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const finding = suite('scenario files');
finding('a file, a folder, a built-in name', () => {
  const one = put('one.yaml', 'version: 1');
  const inner = join(folder, 'inner');
  mkdirSync(inner);
  for (const name of ['b.json', 'a.yml', 'note.txt', '.hidden.yaml', 'scenario.schema.json'])
    writeFileSync(join(inner, name), '{"version":1}');
  assert.equal(findScenarios(one), [one]);
  assert.equal(findScenarios(inner), [join(inner, 'a.yml'), join(inner, 'b.json')]);
  assert.match(findScenarios('flaky')[0] ?? '', /scenarios.flaky\.yaml$/);
  assert.ok(builtInNames().includes('shutdown-under-load'));
});
finding('what is not there', () => {
  const say = (wanted: string): string => {
    try {
      findScenarios(wanted);
    } catch (error) {
      assert.instance(error, ScenarioFileError);
      return (error as Error).message;
    }
    return '';
  };
  assert.match(say('flakey'), /no built-in scenario of that name; did you mean flaky\?/);
  assert.match(say('xxxxxxxxxxxxxxxxx'), /built in are .*bad-day/);
  assert.match(say('../scenarios/flaky'), /there is no file or folder/);
  const empty = join(folder, 'empty');
  mkdirSync(empty);
  assert.match(say(empty), /has no file \*\.yaml/);
});
finding('reading: byte order mark, size, folders', () => {
  assert.is(readScenarioFile(put('bom.yaml', '\uFEFFversion: 1')).text, 'version: 1');
  assert.throws(() => readScenarioFile(put('huge.yaml', 'x'.repeat(5 * 1024 * 1024))), /too large/);
  const utf16 = (name: string, text: string) => () => readScenarioFile(put(name, Buffer.from(text, 'utf16le')));
  assert.throws(utf16('utf16.yaml', '\uFEFFversion: 1'), /UTF-16: save it as UTF-8/);
  assert.throws(utf16('utf16-unmarked.yaml', 'version: 1'), /UTF-16: save it as UTF-8/);
  assert.throws(() => readScenarioFile(put('latin.yaml', Buffer.from('name: caf\xe9', 'latin1'))), /save it as UTF-8/);
  assert.throws(() => readScenarioFile(folder), /cannot be read/);
  assert.throws(() => readScenarioFile(join(folder, 'gone.yaml')), /cannot be read/);
});
finding.run();

const commands = suite('check, explain, schema');
commands('check: fine', () => {
  const path = put('fine.yaml', 'version: 1\n');
  assert.equal(check([path]), { text: `${path}: fine\n`, code: 0 });
  assert.is(check(['scenarios']).code, 0, check(['scenarios']).text);
});
commands('check: every mistake in every file', () => {
  const [a, b] = [put('a.yaml', 'version: 2\nnmae: x\n'), put('b.json', '{"version": 1, "rules": [{}]}')];
  assert.equal(check([a, b, 'flakey']), {
    text: `${a}:1:10 version: must be 1, not 2
  1 | version: 2
               ^
${a}:2:1 nmae: is no key of a scenario; did you mean "name"?
  2 | nmae: x
      ^
${b}:1:26 rules[0]: is missing its "then": what shall happen?
  1 | {"version": 1, "rules": [{}]}
                               ^
mock-apns: there is no file or folder flakey, and no built-in scenario of that name; did you mean flaky?

4 mistakes
`,
    code: 1,
  });
});
commands('check: public keys are looked into', () => {
  const key = (pem: string): string =>
    `{"version":1,"keys":[{"keyId":"A","teamId":"B","publicKey":${JSON.stringify(pem)}}]}`;
  assert.is(check([put('key.json', key(generateProviderKey().publicKeyPem))]).code, 0);
  assert.match(
    check([put('nokey.json', key('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'))]).text,
    /publicKey: cannot be used/,
  );
});
commands('explain', () => {
  const said = explain('shutdown-under-load');
  assert.is(said.code, 0);
  assert.match(
    said.text,
    /Every third broadcast\.send on a connection: GOAWAY NO_ERROR \{"reason":"Shutdown"\} naming this stream, then close after 2 s\./,
  );
  assert.is(explain('nothing-of-the-kind').code, 1);
  assert.is(explain(put('wrong.yaml', 'version: 2')).code, 1);
});
commands('schema: draft 2020-12, closed, with sentences and examples', () => {
  const said = schema();
  assert.is(said.code, 0);
  const json = JSON.parse(said.text) as Json;
  assert.equal(json, JSON.parse(JSON.stringify(scenarioJsonSchema())));
  assert.is(json['$schema'], 'https://json-schema.org/draft/2020-12/schema');
  assert.is(json['additionalProperties'], false);
  assert.equal(json['required'], ['version']);
  const missing: string[] = [];
  walk(json, '', (at, property) => {
    if (property['description'] === undefined) missing.push(at);
  });
  assert.equal(missing, []);
  const defs = json['$defs'] as Record<string, Json>;
  assert.equal(Object.keys(defs['when']?.['patternProperties'] as Json), [
    '^headers\\..+$',
    '^payload\\..+$',
    '^state\\..+$',
  ]);
  assert.match(said.text, /"pattern"/);
  for (const ref of said.text.matchAll(/"\$ref": "#\/\$defs\/(\w+)"/g)) assert.ok(defs[ref[1] as string], ref[0]);
});
type Json = Record<string, unknown>;

/** Every property of every object. */
function walk(json: unknown, at: string, visit: (at: string, property: Json) => void): void {
  if (typeof json !== 'object' || json === null) return;
  for (const [key, value] of Object.entries(json)) {
    if (key === 'properties')
      for (const [name, property] of Object.entries(value as Json)) visit(`${at}/${name}`, property as Json);
    if (key !== 'examples') walk(value, `${at}/${key}`, visit);
  }
}
commands.after(() => rmSync(folder, { recursive: true, force: true }));
commands.run();
