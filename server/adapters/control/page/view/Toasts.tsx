import { dismiss, toasts } from '../state/toast.ts';
import { Icon } from './Icon.tsx';

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, tone, text }) => (
        <div class="toast" data-tone={tone} key={id}>
          <span>{text}</span>
          <button type="button" class="ghost" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" size={15} />
          </button>
        </div>
      ))}
    </div>
  );
}
