import { useSignal } from '@preact/signals';
import { refused, tokenWanted, useToken } from '../api/client.ts';
import { reload } from '../state/journal.ts';

/** A server with an API token asks for it. */
export function TokenPrompt() {
  const typed = useSignal('');
  // It stays in its place, with the keyboard in it, until the server has said what it thinks.
  const trying = useSignal(false);
  if (!tokenWanted.value && !trying.value) return null;
  const wrong = !trying.value && refused.value !== '';
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        trying.value = true;
        useToken(typed.value.trim());
        const field = event.currentTarget.querySelector('input');
        void reload()
          .catch(() => field?.select())
          .finally(() => {
            trying.value = false;
          });
      }}
    >
      <label>
        <span>
          This server asks for its API token, the value of its <code>MOCK_APNS_API_TOKEN</code>.
        </span>
        <input
          type="password"
          autocomplete="off"
          aria-invalid={wrong}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="button primary">
        Go on
      </button>
      {wrong ? (
        <p class="token-wrong" role="alert">
          That is not its token.
        </p>
      ) : null}
    </form>
  );
}
