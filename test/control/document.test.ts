/**
 * The OpenAPI document before an independent validator, and docs/api.md against the table of routes.
 * `UPDATE_API_DOCS=1` writes the page.
 *
 * A generic fuzzer finds more than cases do. By hand, with schemathesis from PyPI and a server on its usual ports:
 *   schemathesis run http://127.0.0.1:2198/openapi.json --exclude-path /api/v1/events --exclude-path /api/v1/exchanges/wait
 * What it still reports are values whose form the document can give and whose meaning it cannot: clashing keys, days
 * that no month has, PEM that is no key.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openApiOf } from '../../server/adapters/control/openapi.ts';
import { ROUTES } from '../../server/adapters/control/routes.ts';
import { API_PAGE } from './api-page.ts';

const PAGE = new URL('../../docs/api.md', import.meta.url);

const test = suite('control: the document');
test('is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(
    structuredClone(openApiOf(ROUTES, '1.2.3')) as Record<string, unknown>,
  );
  assert.ok(valid, JSON.stringify(errors));
  assert.is(validator.version, '3.1');
});
test('has every row, each with a name and a sentence of its own', () => {
  const document = openApiOf(ROUTES, '1.2.3') as { paths: Record<string, Record<string, { operationId: string }>> };
  for (const { method, path, id, says, answers } of ROUTES) {
    assert.is(document.paths[path]?.[method.toLowerCase()]?.operationId, id);
    assert.match(says, /^[A-Z`].*\.$/, path);
    for (const answer of Object.values(answers)) assert.match(answer.says, /\.$/, path);
  }
  const unique = (of: (row: (typeof ROUTES)[number]) => string): void => {
    assert.is(new Set(ROUTES.map(of)).size, ROUTES.length);
  };
  unique(({ id }) => id);
  unique(({ method, path }) => `${method} ${path}`);
});
test('every reference leads somewhere', () => {
  const text = JSON.stringify(openApiOf(ROUTES, '1.2.3'));
  const document = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
  for (const [, name] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
    assert.match(name as string, /^#\/components\/schemas\/\w+$/);
    assert.ok(((name as string).split('/').at(-1) as string) in document.components.schemas, name);
  }
});
test('docs/api.md is that of these routes', () => {
  if (process.env['UPDATE_API_DOCS'] === '1') writeFileSync(PAGE, API_PAGE);
  assert.fixture(
    readFileSync(PAGE, 'utf8'),
    API_PAGE,
    'differs: UPDATE_API_DOCS=1 node --import tsx test/run.ts control/document',
  );
});
test.run();
