/** A client certificate is judged when its connection opens, and again by the host name of each request. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ConnectionEntry } from '../../server/core/journal.ts';
import type { Action } from '../../server/protocol/model.ts';
import { NOW, SETUP } from '../contract/case.ts';
import { GOOD } from '../contract/cases/base.ts';
import type { CertificateName } from '../contract/credentials.ts';
import { engineOf, openSession } from '../contract/direct.ts';

/** What comes of pushes to these hosts, one after the other, on a connection to `localhost`. */
function pushes(certificate: CertificateName, ...authorities: readonly string[]): readonly string[] {
  const engine = engineOf(SETUP);
  const { handle } = engine;
  const said = [...openSession(engine, { ...SETUP, certificate }, 'c1', 'send')];
  const { method, path, headers, body } = GOOD.push;
  for (const [index, authority] of authorities.entries()) {
    const bytes = Buffer.from(body as string);
    const request = { method, path, authority, headers: Object.entries(headers).flat(), body: bytes };
    said.push(
      ...handle({
        type: 'request',
        at: NOW,
        session: 'c1',
        stream: 2 * index + 1,
        request: { ...request, size: bytes.length },
      }),
    );
  }
  return said.map(inWords);
}

const inWords = (action: Action): string =>
  action.do === 'reply'
    ? `${action.status}`
    : action.do === 'goaway'
      ? `${action.code}, last stream ${action.lastStream}, ${action.debug}, closed ${action.close}`
      : action.do;
const GOODBYE = 'NO_ERROR, last stream none, {"reason":"BadCertificateEnvironment"}, closed now';
const [SANDBOX, PRODUCTION] = ['api.sandbox.push.apple.com', 'api.push.apple.com'];

const test = suite('core: certificates and host names');
test('a development certificate sends to the sandbox, until a request names production', () => {
  assert.equal(pushes('development', 'localhost', SANDBOX, PRODUCTION, SANDBOX), ['200', '200', GOODBYE]);
});
test('one for production is told as soon as the connection opens, and nothing on it is served', () => {
  assert.equal(pushes('production', PRODUCTION), [GOODBYE]);
});
test('one for both sends to both', () => {
  assert.equal(pushes('universal', 'localhost', SANDBOX, PRODUCTION), ['200', '200', '200']);
});
test('the journal keeps of a certificate that there was one, once its connection has closed', () => {
  const engine = engineOf(SETUP);
  const { handle, journal } = engine;
  openSession(engine, { ...SETUP, certificate: 'universal' }, 'c1', 'send');
  handle({ type: 'session-closed', at: NOW, session: 'c1', cause: 'over' });
  const { session } = journal.get(1) as ConnectionEntry;
  assert.equal(session?.certificate?.topics, []);
});
test.run();
