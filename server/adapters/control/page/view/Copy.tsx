import { useSignal } from '@preact/signals';
import { copyText } from '../text/copy.ts';
import { Icon } from './Icon.tsx';

/** A button that copies, and says for a moment that it did. */
export function Copy({ text, label, says }: { text: string | (() => string); label: string; says?: string }) {
  const done = useSignal(false);
  const copy = (): void => {
    void copyText(typeof text === 'string' ? text : text()).then(() => {
      done.value = true;
      setTimeout(() => {
        done.value = false;
      }, 1400);
    });
  };
  return (
    <button
      type="button"
      class={says === undefined ? 'copy' : 'button small'}
      aria-label={says === undefined ? label : undefined}
      title={label}
      data-done={done.value}
      onClick={(event) => {
        event.stopPropagation();
        copy();
      }}
    >
      <Icon name={done.value ? 'check' : 'copy'} size={says === undefined ? 14 : 15} />
      {says === undefined ? null : <span>{done.value ? 'Copied' : says}</span>}
    </button>
  );
}
