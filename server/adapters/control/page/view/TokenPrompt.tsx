import { useSignal } from '@preact/signals';
import { tokenWanted, useToken } from '../api/client.ts';
import { reload } from '../state/journal.ts';

/** A server with an API token asks for it. */
export function TokenPrompt() {
  const typed = useSignal('');
  if (!tokenWanted.value) return null;
  return (
    <form
      class="token"
      onSubmit={(event) => {
        event.preventDefault();
        useToken(typed.value.trim());
        void reload().catch(() => undefined);
      }}
    >
      <label>
        This server asks for its API token (<code>MOCK_APNS_API_TOKEN</code>)
        <input
          type="password"
          autocomplete="off"
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit" class="button primary">
        Go on
      </button>
    </form>
  );
}
