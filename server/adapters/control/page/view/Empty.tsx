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
  const send = info.value?.urls.send || 'https://127.0.0.1:2197';
  const control = info.value?.urls.control || location.origin;
  const { APNS_KEY_FILE: keyFile, APNS_KEY_ID: keyId, APNS_TEAM_ID: teamId, APNS_CA_FILE: ca } = env;
  return [
    { does: 'Send to', text: send },
    { does: 'Trust', text: ca ?? `curl -o ca.pem ${control}/ca.pem` },
    {
      does: 'Sign with',
      text:
        keyFile === undefined
          ? `curl -X POST ${control}/api/v1/keys/generate`
          : `${keyFile}, key id ${keyId ?? ''}, team id ${teamId ?? ''}`,
    },
  ];
}
