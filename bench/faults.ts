import { type Context, load, median, ours, scenarioFile, table, up } from './kit.ts';

/** What it costs that something goes wrong: the same load with no scenario, and with a bad day. */
export async function faults({ node, token, rounds, requests }: Context) {
  const effects = [
    { probability: 0.05, effect: { reason: 'TooManyRequests', retryAfter: 1 } },
    { probability: 0.02, effect: { reason: 'InternalServerError' } },
    { probability: 0.01, effect: { reset: 'REFUSED_STREAM' } },
    { probability: 0.01, effect: { delay: '5ms' } },
  ];
  const rules = effects.map(({ probability, effect }) => ({ probability, does: effect }));
  const servers = [
    ours(node, 'no scenario'),
    ours(node, 'a tenth goes wrong', `--scenario=${scenarioFile('faults', { seed: 1, rules })}`),
  ];
  const running = [];
  for (const server of servers) running.push(await up(server));
  const given = { connections: 4, streams: 100, token, any: true };
  for (const at of running) load(at, { ...given, count: Math.ceil(requests / 2) });
  const figures: number[][] = [[], []];
  for (let round = 0; round < rounds; round++)
    running.forEach((at, index) => {
      figures[index]!.push(load(at, { ...given, count: requests }).perSecond);
    });
  for (const at of running) await at.stop();
  const rows = servers.map(({ name }, index) => [
    name,
    median(figures[index]!.map((each, round) => each / figures[0]![round]!)).toFixed(2),
    `${Math.round(median(figures[index]!) / 1000)}k`,
  ]);
  console.log('c4m100, ratio to the server without a scenario\n');
  console.log(table(['server', 'ratio', 'requests a second'], rows));
}
