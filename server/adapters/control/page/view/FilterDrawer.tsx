import { query } from '../state/route.ts';
import { termsOf } from '../state/terms.ts';
import { Filters } from './Filters.tsx';
import { Icon } from './Icon.tsx';

/** The filters where there is no room for them at the side. */
export function FilterDrawer() {
  const n = termsOf(query.value).length;
  return (
    <details class="filter-drawer">
      <summary>
        <Icon name="filter" size={16} /> Filters{n === 0 ? '' : ` (${n})`}
      </summary>
      <Filters />
    </details>
  );
}
