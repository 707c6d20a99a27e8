import type { Exchange } from '../api/types.ts';
import { Icon } from './Icon.tsx';

/** One piece of advice, at the place that it is about. */
export function Remark({ advice }: { advice: Exchange['advice'][number] }) {
  return (
    <span class="remark" role="note">
      <Icon name="light" size={15} />
      <span>
        {advice.text} <code class="muted">{advice.id}</code>
      </span>
    </span>
  );
}
