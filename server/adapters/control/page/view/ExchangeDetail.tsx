import type { Exchange } from '../api/types.ts';
import { info } from '../state/journal.ts';
import { go } from '../state/route.ts';
import { placeAdvice } from '../text/advice-place.ts';
import { CURL_NEEDS, curlOf } from '../text/curl.ts';
import { bytes, capital, clockTimeExact, dayOf } from '../text/format.ts';
import { noticeOf } from '../text/notice.ts';
import { header, summaryOf } from '../text/summary.ts';
import { Copy } from './Copy.tsx';
import { Facts } from './Facts.tsx';
import { Headers } from './Headers.tsx';
import { Icon } from './Icon.tsx';
import { Payload } from './Payload.tsx';
import { Preview } from './Preview.tsx';
import { Section } from './Section.tsx';
import { Trail } from './Trail.tsx';
import { Wire } from './Wire.tsx';

/** One request and everything that was found out and done about it. */
export function ExchangeDetail({ exchange }: { exchange: Exchange }) {
  const { verdict, rule, request, response, connection } = exchange;
  const placed = placeAdvice(exchange);
  const notice = noticeOf(exchange);
  const { came, became } = summaryOf(exchange);
  const forced = rule !== null || response === null || response.status !== verdict.status;
  const tone = forced ? 'forced' : response.status < 300 ? 'ok' : 'bad';
  const at = Date.parse(exchange.at);
  const channel = header(exchange, 'apns-channel-id');
  const loose = placed.filter(({ path, header: name }) => path === null && name === null);
  return (
    <>
      <div class="verdict" data-tone={tone}>
        <div class="verdict-head">
          <b class="badge big" data-tone={tone}>
            {response?.status ?? exchange.actions[0]?.do ?? 'none'}
          </b>
          <h2>
            {came} <em>{became}</em>.
          </h2>
        </div>
        <p class="why">{capital(verdict.why).replace(/\.$/, '')}.</p>
        {rule === null ? null : (
          <p class="fired">
            <Icon name="bolt" size={15} />
            <span>
              {rule.id.startsWith('target:') ? (
                <>It was forced: {rule.name}.</>
              ) : (
                <>
                  Rule <b>{rule.name}</b> fired.
                </>
              )}
            </span>
            <button
              type="button"
              class="link"
              onClick={() => go({ view: rule.id.startsWith('target:') ? 'reasons' : 'scenario', seq: null })}
            >
              {rule.id.startsWith('target:') ? 'Targets' : 'Scenario'}
            </button>
          </p>
        )}
        {forced && !exchange.carriedOut && verdict.reason === null ? (
          <p class="fired">It was not carried out: no device gets it.</p>
        ) : null}
        <div class="verdict-tools">
          <Copy
            text={() => curlOf(exchange, info.value)}
            label={`Copy as curl (c). ${CURL_NEEDS}`}
            says="Copy as curl"
          />
          <Copy
            text={() => JSON.stringify(exchange, null, 2)}
            label="Copy the whole record as JSON"
            says="Copy as JSON"
          />
          <More query={`conn:${connection.id}`} says={connection.id} />
          {channel === undefined ? null : <More query={`channel:${channel}`} says="This channel" />}
        </div>
      </div>

      {notice === null ? null : <Preview notice={notice} exchange={exchange} />}

      {loose.length === 0 ? null : (
        <Section title="Advice">
          {loose.map(({ advice }) => (
            <p class="remark" key={advice.id}>
              <Icon name="light" size={15} />
              <span>
                {advice.text} <code class="muted">{advice.id}</code>
              </span>
            </p>
          ))}
        </Section>
      )}

      <Section
        title="Payload"
        note={`${bytes(request.size)}${request.truncated ? ', of which the beginning was kept' : ''}`}
        tools={
          request.payload === null ? null : (
            <Copy
              text={() =>
                typeof request.payload === 'string' ? request.payload : JSON.stringify(request.payload, null, 2)
              }
              label={request.truncated ? 'Copy what was kept of the payload' : 'Copy the payload'}
            />
          )
        }
      >
        <Payload name="Payload" value={request.payload} placed={placed} />
      </Section>

      <Trail exchange={exchange} />

      <Section title="Request" note={`${request.method} ${request.path}`}>
        <Headers list={request.headers} placed={placed} />
      </Section>

      <Wire exchange={exchange} />

      <Section title="Connection">
        <Facts
          facts={[
            ['When', `${dayOf(at)}, ${clockTimeExact(at)}`],
            ['Environment', exchange.environment],
            ['Connection', `${connection.id}, stream ${connection.stream}`],
            ['Listener', connection.listener],
            ['Host asked for', request.authority],
            ['ALPN', connection.alpn],
            [
              'Credentials',
              { token: 'provider token', certificate: 'client certificate', none: 'none' }[connection.auth],
            ],
            ['Key id', connection.keyId ?? ''],
            ['Team id', connection.teamId ?? ''],
          ]}
        />
      </Section>
    </>
  );
}

function More({ query, says }: { query: string; says: string }) {
  return (
    <button type="button" class="button small" title={query} onClick={() => go({ view: 'exchanges', query })}>
      <Icon name="filter" size={15} />
      <span>{says}</span>
    </button>
  );
}
