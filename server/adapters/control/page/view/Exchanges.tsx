import { NO_ANSWER, NO_TOKEN, tokenWanted } from '../api/client.ts';
import { facets } from '../state/facets.ts';
import { allRows, isAnswered, link, loaded, missed, searchProblems } from '../state/journal.ts';
import { openSeq, query } from '../state/route.ts';
import { shown, withConnections } from '../state/shown.ts';
import { plural } from '../text/format.ts';
import { Detail } from './Detail.tsx';
import { Empty } from './Empty.tsx';
import { FilterDrawer } from './FilterDrawer.tsx';
import { List } from './List.tsx';
import { SearchBar } from './SearchBar.tsx';

/** The list, and what is open beside it. */
export function Exchanges() {
  const empty = facets.value.exchanges === 0 && query.value === '' && openSeq.value === null;
  return (
    <div class="exchanges" data-open={openSeq.value !== null}>
      <h1 class="offscreen">Exchanges</h1>
      <div class="exchanges-list">
        <SearchBar />
        <FilterDrawer />
        {missed.value === 0 ? null : (
          <p class="notice">{plural(missed.value, 'line')} came and went while this page was not listening.</p>
        )}
        {!loaded.value ? (
          <p class="hush">{whyNothing()}</p>
        ) : empty && !(withConnections.value && allRows().length > 0) && shown.value.length === 0 ? (
          <Empty />
        ) : shown.value.length === 0 ? (
          <p class="hush">{whyNoLine()}</p>
        ) : (
          <List />
        )}
      </div>
      {openSeq.value === null ? null : <Detail seq={openSeq.value} />}
    </div>
  );
}

/** The journal is not here yet. */
const whyNothing = (): string =>
  tokenWanted.value ? NO_TOKEN : link.value === 'lost' ? NO_ANSWER : 'Asking the server …';

function whyNoLine(): string {
  if (query.value.trim() === '') return 'Nothing to show.';
  if (isAnswered.value) return 'No line fits this search.';
  return searchProblems.value.length > 0 ? 'Correct the search to see what it finds.' : '';
}
