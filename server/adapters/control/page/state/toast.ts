import { signal } from '@preact/signals';
import { faultsOf } from '../text/fault.ts';

export interface Toast {
  readonly id: number;
  readonly tone: 'ok' | 'bad' | 'note';
  readonly text: string;
}

export const toasts = signal<readonly Toast[]>([]);
let next = 1;

export function toast(text: string, tone: Toast['tone'] = 'ok', stay = tone === 'ok' ? 3000 : 9000): void {
  const id = next++;
  toasts.value = [...toasts.value.slice(-2), { id, tone, text }];
  setTimeout(() => dismiss(id), stay);
}

export const dismiss = (id: number): void => {
  toasts.value = toasts.value.filter((each) => each.id !== id);
};

/** Does what a button asks for; says what came of it either way. */
export async function attempt(work: () => Promise<unknown>, done = ''): Promise<boolean> {
  try {
    await work();
    if (done !== '') toast(done);
    return true;
  } catch (error) {
    toast(faultsOf(error).join('; '), 'bad');
    return false;
  }
}
