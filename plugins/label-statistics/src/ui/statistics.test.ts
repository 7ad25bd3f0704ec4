// @vitest-environment happy-dom
import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MEMBERS, mountPanel, PRODUCTS, type Answers, type Harness } from '../../test/harness.ts';
import StatisticsPanel from './StatisticsPanel.vue';
import UsagePage from './UsagePage.vue';

let harness: Harness;
const text = (): string => (harness.wrapper.element.parentElement?.textContent ?? '').replaceAll(/\s+/g, ' ');
const bars = (): string[] => harness.wrapper.findAll('.usage__row').map((row) => row.text().replaceAll(/\s+/g, ' '));

const BASE: Answers = {
  '/projects/7/products': PRODUCTS,
  '/projects/7/members': MEMBERS,
  '/projects/7/image-sets': { items: [{ id: 3, name: 'Slides' }] },
  '/counts': (query: URLSearchParams) =>
    query.has('imageId')
      ? [{ templateId: 2, count: 4 }]
      : [
          { templateId: 1, count: 12 },
          { templateId: 2, count: 4 },
        ],
};
async function open(panel: typeof StatisticsPanel | typeof UsagePage, answers: Answers = {}): Promise<void> {
  harness = mountPanel(panel, { ...BASE, ...answers });
  await flushPromises();
}
const changed = (imageId: number) =>
  ({
    topic: 'annotations.changed',
    projectId: 7,
    imageId,
    changeId: '',
    userId: 1,
    created: [],
    updated: [],
    deleted: [],
    many: true,
  }) as const;

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(async () => {
  harness.wrapper.unmount();
  await vi.advanceTimersByTimeAsync(5000); // the question of the panel is forgotten
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the panel beside the viewer', () => {
  it('counts in the image, the set and the project, and lists unused templates as the settings say', async () => {
    await open(StatisticsPanel);
    expect(bars()).toEqual(['WBC4', 'RBC0']);
    harness.settings.value = { showZero: false, maxHits: 500 };
    await flushPromises();
    expect(bars()).toEqual(['WBC4']);
    await harness.wrapper.findAll('[role=tab]')[2]?.trigger('click');
    await flushPromises();
    expect(bars()).toEqual(['RBC12', 'WBC4']);
    expect(text()).toContain('16 annotations');
    expect(harness.asked.filter((path) => path.startsWith('/counts'))).toEqual(['/counts?imageId=1', '/counts']);
  });

  it('counts anew once for many changes of its image, and not for those of others', async () => {
    await open(StatisticsPanel);
    const before = harness.asked.length;
    harness.emit(changed(99));
    for (let i = 0; i < 50; i++) harness.emit(changed(1));
    await vi.advanceTimersByTimeAsync(1000);
    expect(harness.asked.slice(before)).toEqual(['/counts?imageId=1']);
    harness.emit(changed(1));
    await vi.advanceTimersByTimeAsync(1000);
    expect(harness.asked.slice(before)).toHaveLength(2);
  });

  it('learns of new templates', async () => {
    await open(StatisticsPanel);
    const before = harness.asked.length;
    harness.emit({ topic: 'project.changed', projectId: 7, what: 'templates' });
    harness.emit({ topic: 'project.changed', projectId: 7, what: 'members' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(harness.asked.slice(before)).toEqual(['/projects/7/products']);
  });

  it('says what has failed, and counts when it is tried again', async () => {
    let isBroken = true;
    const problem = {
      type: 'about:blank',
      title: 'Broken',
      status: 503,
      detail: 'The database is away.',
      code: 'DATABASE_AWAY',
    };
    await open(StatisticsPanel, { '/counts': () => (isBroken ? Response.json(problem, { status: 503 }) : []) });
    expect(text()).toContain('The database is away.');
    isBroken = false;
    await harness.wrapper.find('[role=alert] button').trigger('click');
    await flushPromises();
    expect(bars()).toEqual(['RBC0', 'WBC0']);
  });

  it('stops listening and asking when it goes', async () => {
    await open(StatisticsPanel);
    harness.emit(changed(1));
    harness.wrapper.unmount();
    const before = harness.asked.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(harness.listeners.size).toBe(0);
    expect(harness.asked).toHaveLength(before);
  });
});

const hit = (n: number, imageId = 1) => ({
  uuid: `00000000-0000-4000-8000-00000000000${n}`,
  ...{
    imageId,
    imageName: '260101-1200-abcd',
    templateId: 1,
    authorId: n === 1 ? 9 : 8,
    createdAt: '2026-01-01T12:00:00Z',
  },
  description: n === 1 ? 'round' : '',
  bounds: { minX: n, minY: n, maxX: n + 10, maxY: n + 10 },
});

describe('the search', () => {
  const submit = async (): Promise<void> => {
    await harness.wrapper.find('form').trigger('submit');
    await flushPromises();
  };
  const searches = (): string[] => harness.asked.filter((path) => path.startsWith('/search'));

  it('asks for what the form says, in the place that the tab says or the part that is visible', async () => {
    await open(StatisticsPanel, { '/search': { items: [] } });
    await harness.wrapper.find('form input[maxlength]').setValue('  red ');
    await harness.wrapper.find('form input[type=checkbox]').setValue(true);
    await submit();
    await harness.wrapper.find('form input[type=date]').setValue('2026-01-01');
    await harness.wrapper.findAll('[role=tab]')[1]?.trigger('click');
    await submit();
    expect(searches()[0]).toBe('/search?imageId=1&text=red&box=10,20,110,220&limit=50');
    const after = new Date(new Date(2026, 0, 1).getTime() - 1).toISOString();
    expect(searches()[1]).toBe(`/search?imageSetId=3&text=red&createdAfter=${after}&limit=50`);
    expect(text()).toContain('Nothing was found.');
  });

  it('goes to a hit of the shown image and selects it; a hit of another image is a link', async () => {
    await open(StatisticsPanel, { '/search': { items: [hit(1), hit(2, 44)] } });
    await submit();
    expect(text()).toContain('2 found');
    expect(text()).toContain('Rosa Reader');
    expect(text()).toContain('somebody who left');
    await harness.wrapper.find('.hits button').trigger('click');
    expect(harness.told).toEqual([
      ['goTo', hit(1).bounds],
      ['select', [hit(1).uuid]],
    ]);
    expect(harness.wrapper.find('.hits a').attributes('href')).toBe(`/images/44?annotation=${hit(2).uuid}`);
  });

  it('shows page after page, and stops at the most that the settings allow', async () => {
    const pages: Answers = {
      '/search': (query: URLSearchParams) =>
        query.has('cursor')
          ? { items: [hit(3)].slice(0, Number(query.get('limit'))), next: hit(3).uuid }
          : { items: [hit(1), hit(2)], next: hit(2).uuid },
    };
    await open(StatisticsPanel, pages);
    harness.settings.value = { showZero: true, maxHits: 3 };
    await submit();
    expect(text()).toContain('2 shown, there are more');
    await harness.wrapper
      .findAll('button')
      .find((button) => button.text() === 'Show more')
      ?.trigger('click');
    await flushPromises();
    expect(searches()).toEqual(['/search?imageId=1&limit=3', `/search?imageId=1&limit=1&cursor=${hit(2).uuid}`]);
    expect(text()).toContain('The first 3 are shown. Narrow the search to see others.');
  });

  it('asks again on the page of the next image, and forgets when the person has been away', async () => {
    const answers: Answers = { '/search': { items: [hit(1, 44), hit(2)] } };
    await open(StatisticsPanel, answers);
    await harness.wrapper.findAll('[role=tab]')[1]?.trigger('click');
    await harness.wrapper.find('form input[maxlength]').setValue('red');
    await submit();
    harness.wrapper.unmount();
    await open(StatisticsPanel, answers); // where the link of the first hit leads
    expect(searches()).toEqual(['/search?imageSetId=3&text=red&limit=50']);
    expect(harness.wrapper.findAll('.hit')).toHaveLength(2);
    harness.wrapper.unmount();
    await vi.advanceTimersByTimeAsync(5000);
    await open(StatisticsPanel, answers);
    expect(searches()).toEqual([]);
    expect(harness.wrapper.find<HTMLInputElement>('form input[maxlength]').element.value).toBe('');
  });

  it('tells why it was refused', async () => {
    const problem = {
      type: 'about:blank',
      title: 'Invalid',
      status: 422,
      detail: 'text is too long',
      code: 'INVALID_REQUEST',
    };
    await open(StatisticsPanel, { '/search': () => Response.json(problem, { status: 422 }) });
    await submit();
    expect(text()).toContain('text is too long');
  });
});

describe('the page of the project', () => {
  it('shows counts and shares of all templates, and offers them as CSV', async () => {
    let saved: Blob | undefined;
    vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => ((saved = blob as Blob), 'blob:x'));
    await open(UsagePage);
    const rows = harness.wrapper.findAll('tbody tr').map((row) => row.findAll('th, td').map((cell) => cell.text()));
    expect(rows).toEqual([
      ['RBC', 'Blood', '12', '75%', ''],
      ['WBC', 'Blood', '4', '25%', ''],
    ]);
    await harness.wrapper
      .findAll('button')
      .find((button) => button.text() === 'Download as CSV')
      ?.trigger('click');
    expect(await saved?.text()).toBe(
      'Product,Template,Annotations,Share\r\nBlood,RBC,12,0.7500\r\nBlood,WBC,4,0.2500\r\n',
    );
  });

  it('says that there is nothing to count', async () => {
    await open(UsagePage, { '/projects/7/products': [], '/counts': [] });
    expect(text()).toContain('The project has no templates yet.');
  });
});
