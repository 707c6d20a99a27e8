import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { readEnv } from '../api/calls.ts';
import { info } from '../state/journal.ts';
import { Copy } from './Copy.tsx';

/** Nothing has arrived yet: the three lines needed to connect. */
export function Empty() {
  const env = useSignal<Readonly<Record<string, string>>>({});
  useEffect(() => {
    readEnv().then(
      (found) => {
        env.value = found;
      },
      () => undefined,
    );
  }, [env]);
  const lines = linesFor(env.value);
  return (
    <div class="empty">
      <div class="empty-card">
        <div class="radar" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        <h2>Waiting for the first push</h2>
        <p class="muted">Point your provider here instead of at Apple. Three lines are all it takes:</p>
        <ol class="connect">
          {lines.map(({ does, text }) => (
            <li key={does}>
              <span>{does}</span>
              <code>{text}</code>
              <Copy text={text} label={`Copy: ${does}`} />
            </li>
          ))}
        </ol>
        <p class="muted">
          Or let it be done: <code>mock-apns exec -- npm test</code> puts addresses, key and trust into the environment
          of any command. <code>mock-apns send</code> makes a first request.
        </p>
      </div>
    </div>
  );
}

interface Step {
  readonly does: string;
  readonly text: string;
}

function linesFor(env: Readonly<Record<string, string>>): readonly Step[] {
  const named = (part: RegExp): string | undefined => Object.entries(env).find(([name]) => part.test(name))?.[1];
  const send = info.value?.urls.send || 'https://127.0.0.1:2197';
  const control = info.value?.urls.control || location.origin;
  const keyFile = named(/KEY_?(FILE|PATH)$/);
  const keyId = named(/KEY_?ID$/);
  const teamId = named(/TEAM_?ID$/);
  return [
    { does: 'Send to', text: send },
    { does: 'Trust', text: named(/(CA|CA_FILE|EXTRA_CA_CERTS|CERT_FILE)$/) ?? `curl -o ca.pem ${control}/ca.pem` },
    {
      does: 'Sign with',
      text:
        keyId === undefined
          ? 'any .p8 key, key id and team id: certs/provider.json has a pair that works'
          : `${keyFile ?? 'the key'}, key id ${keyId}, team id ${teamId ?? '?'}`,
    },
  ];
}
