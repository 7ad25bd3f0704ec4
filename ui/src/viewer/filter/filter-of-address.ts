import { notify } from '../../app/notices.ts';
import { translate } from '../../i18n/index.ts';
import { readFilter, type Query } from './filter-address.ts';
import type { ShownFilter } from './shown-filter.ts';

/** The filter of the address; tells the person what of it was not understood. */
export function filterOfAddress(query: Query): ShownFilter {
  const { filter, problems } = readFilter(query);
  if (problems.length > 0) {
    const parts = problems.map(({ name, value }) => `${name}=${value.slice(0, 60)}`).join(', ');
    notify(translate('viewer.filter.notUnderstood', { parts }));
  }
  return filter;
}
