import { useEffect, useRef } from 'preact/hooks';
import { helpOpen } from '../state/keys.ts';
import { Icon } from './Icon.tsx';

const KEYS: readonly (readonly [keys: readonly string[], says: string])[] = [
  [['j', 'k'], 'next, previous line'],
  [['Enter'], 'open the line'],
  [['Esc'], 'close what is open, leave the search'],
  [['/'], 'search'],
  [['Home', 'End'], 'newest, oldest line'],
  [['c'], 'copy the open exchange as curl'],
  [['g', 'e'], 'exchanges'],
  [['g', 'h'], 'channels'],
  [['g', 'c'], 'connections'],
  [['g', 's'], 'scenario'],
  [['g', 't'], 'clock'],
  [['g', 'r'], 'reasons'],
  [['?'], 'this list'],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = helpOpen.value;
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open && dialog.current?.open === true) dialog.current.close();
  }, [open]);
  // Escape cancels at once and closes a moment later; keys in between belong to the page again.
  const close = (): void => {
    helpOpen.value = false;
  };
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onCancel={close} onClose={close}>
      <header>
        <h2 id="help-title">Keyboard</h2>
        <button type="button" class="ghost" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <dl>
        {KEYS.map(([keys, says]) => (
          <div key={says}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">
        Search: <code>operation:</code> <code>status:4xx</code> <code>topic:</code> <code>is:forced</code>; a minus in
        front turns a term round, quotes keep spaces: <code>payload.aps.alert.title:"Hi"</code>.
      </p>
    </dialog>
  );
}
