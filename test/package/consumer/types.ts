// Compiled as an ES module and as CommonJS, strictly, against the declarations in the package.
import { createMock, type MockOptions } from 'mock-apns';
import { createFetch } from 'mock-apns/fetch';
import { channelId, deviceToken } from 'mock-apns/targets';
import { type Apns, connect, type Exchange, type RuleInput, startApns } from 'mock-apns/testing';

const options: MockOptions = { profile: 'observed', seed: 1 };

export async function use(): Promise<void> {
  await using apns = await startApns(options);
  const elsewhere: Apns = await connect(apns.controlUrl);
  const exchange: Exchange = await elsewhere.exchanges.next({ operation: 'device.send', status: '2xx' });
  const status: number | undefined = exchange.response?.status;
  const rule: RuleInput = { when: { token: deviceToken('Unregistered', 1) }, then: { drop: true } };
  const eight: number = await apns.with(rule, () => 8);
  await apns.with({ reason: 'TooManyRequests', retryAfter: 5 }, async () => undefined);
  await apns.verify({ channel: channelId('Shutdown'), 'payload.aps.event': 'end' }, { atLeast: 1 }, { quiet: '1s' });
  const send: typeof fetch = createFetch(apns);
  const mock = await createMock();
  void [status, eight, send, mock.urls.h2c];

  // @ts-expect-error: no such reason
  await apns.with({ reason: 'Shutdwon' }, () => 0);
  // @ts-expect-error: no such key
  await apns.verify({ operaton: 'device.send' });
  // @ts-expect-error: no such option
  await startApns({ port: 1 });
  // @ts-expect-error: a mock elsewhere cannot answer in this process
  createFetch(elsewhere);
}
