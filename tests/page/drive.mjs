// SPDX-License-Identifier: GPL-2.0-or-later
// Drives the page in Debian's Chromium, as a user does with mouse and keyboard, and prints a line per
// test. Looks for accessibility faults with axe-core, in light and dark, wide and narrow.
//
// usage: node drive.mjs --live URL --report FILE --out DIR [--chromium FILE] [--only NAME]
// Writes DIR/*.png to look at. Prints "figure NAME VALUE LOW HIGH N" of a 2,000-stack profile for the
// bench; nobody judges clocks here.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const SIZES = { wide: { width: 1400, height: 1000 }, narrow: { width: 360, height: 800 } };
const ROW_PX = 20;

const { values: options } = parseArgs({
  options: {
    live: { type: 'string' },
    report: { type: 'string' },
    out: { type: 'string' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    only: { type: 'string', default: '' },
  },
});
const report = `file://${resolve(options.report)}`;

function demand(condition, why) {
  if (!condition) throw new Error(why);
}

// A page in a context of its own; what it complains of is a fault.
async function open(browser, url, { size = 'wide', colorScheme = 'light', bypassCSP = false } = {}) {
  const context = await browser.newContext({ viewport: SIZES[size], colorScheme, bypassCSP });
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.problems.push(`console: ${message.text()}`);
  });
  page.on('dialog', async (dialog) => {
    page.problems.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on('response', (answer) => {
    if (answer.status() >= 400) page.problems.push(`status ${answer.status()}: ${answer.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector('.processes tbody tr');
  await page.waitForFunction(() => page.flameView.picture && page.flameView.picture.boxes.length > 5);
  return page;
}

async function close(page) {
  demand(!page.problems.length, page.problems.slice(0, 3).join('; '));
  await page.context().close();
}

// A live page that has seen @count moments: it is asked rather than waited for.
async function gather(page, count) {
  for (let asked = 0; asked < 200; asked++) {
    const have = await page.evaluate(async () => {
      await page.refreshDetail();
      return page.chosenHeap().list.length;
    });
    if (have >= count) return;
  }
  throw new Error(`no ${count} moments`);
}

const pictureOf = (page) => page.evaluate(() => {
  const { picture, zoom, current } = page.flameView;
  return { boxes: picture.boxes.length, zoom, current, name: picture.table.name(current) };
});

const clickBox = async (page, depth, share) => {
  const place = await page.locator('#flame canvas').boundingBox();
  await page.mouse.click(place.x + place.width * share, place.y + depth * ROW_PX + ROW_PX / 2);
};

async function loads(browser, url) {
  const page = await open(browser, url);
  demand(await page.title() !== 'heapbeat', 'no process was chosen');
  demand((await page.locator('#facts').textContent()).includes('allocated'), 'no facts');
  await close(page);
}

async function zooms(browser, url) {
  const page = await open(browser, url);
  const whole = await pictureOf(page);
  await clickBox(page, 2, 0.1);
  const zoomed = await pictureOf(page);
  demand(zoomed.zoom !== 0 && zoomed.zoom === zoomed.current, 'a click does not zoom');
  const widths = await page.evaluate(() => page.flameView.picture.boxes
    .filter((box) => box.path === page.flameView.zoom).map((box) => box.width));
  demand(widths.length === 1 && widths[0] === 1, 'the frame does not take the whole width');
  demand(await page.locator('#reset').isEnabled(), 'reset stays off');
  await page.locator('#reset').click();
  const back = await pictureOf(page);
  demand(back.zoom === 0 && back.boxes === whole.boxes, 'reset does not bring it back');
  demand(await page.locator('#reset').isDisabled(), 'reset stays on');
  await close(page);
}

async function searches(browser, url) {
  const page = await open(browser, url);
  await page.locator('#search').fill('json::');
  const found = await page.locator('#matches').textContent();
  demand(/^[1-9]\d* frames, [\d.]+ %$/.test(found), `found: ${found}`);
  demand(await page.evaluate(() => page.flameView.matches.count) > 0, 'nothing is marked');
  await page.locator('#search').press('Enter');
  demand((await pictureOf(page)).name.startsWith('json::'), 'Enter does not go to a match');
  await page.locator('#search').fill('/^db::Pool::step_\\d+$/');
  demand(/^[1-9]/.test(await page.locator('#matches').textContent()), 'no regular expression');
  await page.locator('#search').fill('/(/');
  demand((await page.locator('#matches').textContent()).startsWith('0 frames'), 'a broken expression');
  await page.locator('#search').press('Escape');
  demand(await page.locator('#matches').textContent() === '', 'Escape does not clear it');
  await close(page);
}

async function walksByKeyboard(browser, url) {
  const page = await open(browser, url);
  await page.keyboard.press('Tab');
  demand(await page.evaluate(() => document.activeElement.className) === 'skip', 'no way past the head');
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate(() => document.activeElement.id === 'flame-tree')) break;
    await page.keyboard.press('Tab');
  }
  demand(await page.evaluate(() => document.activeElement.id === 'flame-tree'), 'Tab does not reach it');
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  demand(outline !== 'none', 'the focus cannot be seen');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const deeper = await pictureOf(page);
  demand(deeper.current !== 0 && deeper.zoom === 0, 'arrows do not walk');
  const said = await page.evaluate(() => {
    const tree = document.getElementById('flame-tree');
    const item = document.getElementById(tree.getAttribute('aria-activedescendant'));
    return item && [item.getAttribute('role'), item.getAttribute('aria-level'), item.textContent];
  });
  demand(said && said[0] === 'treeitem' && said[1] === '3' && said[2].startsWith(deeper.name),
    `what is heard: ${said}`);
  await page.keyboard.press('Enter');
  demand((await pictureOf(page)).zoom === deeper.current, 'Enter does not zoom');
  await page.keyboard.press('Escape');
  demand((await pictureOf(page)).zoom === 0, 'Escape does not zoom out');
  await page.keyboard.press('/');
  demand(await page.evaluate(() => document.activeElement.id === 'search'), '/ does not search');
  await page.keyboard.type('cache');
  await page.keyboard.press('Shift+Tab');
  await page.locator('#flame-tree').focus();
  const before = await pictureOf(page);
  await page.keyboard.press('n');
  const after = await pictureOf(page);
  demand(after.current !== before.current && after.name.includes('cache'), 'n does not go on');
  await close(page);
}

async function compares(browser, url) {
  const page = await open(browser, url);
  if (url.startsWith('http')) await gather(page, 4);
  await page.locator('#time').selectOption('compare');
  demand(await page.locator('.span-a').isVisible(), 'no sliders');
  const labels = await page.evaluate(() => page.flameView.picture.boxes.slice(1, 30)
    .map((box) => page.flameView.label(box.path)));
  demand(labels.some((label) => label.startsWith('▲')), `nothing has grown: ${labels.slice(0, 3)}`);
  const first = await page.locator('.span-b .times').textContent();
  const slider = page.getByLabel('Beginning of span B');
  await slider.focus();
  await page.keyboard.press('ArrowLeft');
  demand(await page.locator('.span-b .times').textContent() !== first, 'the slider does nothing');
  const legend = await page.locator('#flame .legend').textContent();
  await page.getByRole('button', { name: 'Swap A and B' }).click();
  demand(await page.locator('#flame .legend').textContent() !== legend, 'swapping does nothing');
  await page.locator('#as').selectOption('functions');
  demand(await page.getByRole('button', { name: 'change' }).isVisible(), 'no column of changes');
  await close(page);
}

async function showsEveryValue(browser, url) {
  const page = await open(browser, url);
  const seen = new Set();
  for (const value of ['alloc_bytes', 'alloc_objects', 'live_bytes', 'live_objects']) {
    await page.locator('#value').selectOption(value);
    const words = await page.locator('#frame').textContent();
    demand(!words.includes('NaN'), words);
    seen.add(words);
  }
  demand(seen.size === 4, [...seen].join(' | '));
  await page.locator('#heap').selectOption('go');
  demand(await page.locator('#flame .none').isVisible(), 'an unknown heap is drawn');
  await close(page);
}

async function listsFunctions(browser, url) {
  const page = await open(browser, url);
  await page.locator('#as').selectOption('functions');
  const first = page.locator('.functions tbody tr').first();
  demand((await first.locator('td').last().textContent()) === '100 %', 'main is not all of it');
  await page.getByRole('button', { name: 'itself' }).click();
  demand(await page.locator('.functions th[aria-sort]').textContent() === 'itself', 'not sorted');
  demand(await page.evaluate(() => document.activeElement.textContent) === 'itself', 'focus is lost');
  await close(page);
}

async function hostileNamesAreText(browser, url) {
  const page = await open(browser, url);
  await page.locator('#as').selectOption('functions');
  await page.locator('#search').fill('<img');
  demand(await page.locator('.functions tbody th').first().textContent()
    === '<img src=x onerror=alert(1)>', 'the name is not shown as it is');
  demand(await page.locator('main img').count() === 0, 'a name has become an element');
  await close(page);
}

async function sortsAndFilters(browser, url) {
  const page = await open(browser, url);
  await page.locator('#unseen').check();
  const all = await page.locator('.processes tbody tr').count();
  await page.getByRole('button', { name: 'RSS' }).click();
  demand(await page.locator('th[aria-sort="descending"]').textContent() === 'RSS', 'not sorted');
  await page.locator('#filter').fill('prog1');
  const few = await page.locator('.processes tbody tr').count();
  demand(few > 0 && few < all, `${few} of ${all}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  demand(await page.getByRole('button', { name: 'Pause' }).getAttribute('aria-pressed') === 'true', 'no pause');
  await close(page);
}

async function themesAreChosen(browser, url) {
  const page = await open(browser, url, { colorScheme: 'light' });
  const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await colour();
  await page.locator('#theme').selectOption('dark');
  const dark = await colour();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('#theme').selectOption('light');
  demand(light !== dark && await colour() === light, `${light}, ${dark}, ${await colour()}`);
  await close(page);
}

async function showsTheCollector(browser, url) {
  const page = await open(browser, url);
  await page.waitForSelector('#gc .gc-chart .left');
  demand(await page.locator('#gc .pause').count() >= 64, 'cycles are missing');
  demand(await page.locator('#gc polyline.goal').count() === 1, 'no goal');
  await close(page);
}

async function takesNoMoreThanItsWidth(browser, url) {
  const page = await open(browser, url, { size: 'narrow' });
  if (url.startsWith('http')) await gather(page, 3);
  await page.locator('#time').selectOption('compare');
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  demand(width <= SIZES.narrow.width, `${width} px`);
  await close(page);
}

// A page that has axe in it: past its own policy, which is right to refuse it.
async function accessible(browser, url, size, colorScheme, as, time) {
  const page = await open(browser, url, { size, colorScheme, bypassCSP: true });
  if (url.startsWith('http')) await gather(page, 3);
  await page.locator('#as').selectOption(as);
  await page.locator('#time').selectOption(time);
  await page.evaluate(() => document.querySelectorAll('details').forEach((one) => { one.open = true; }));
  await page.addScriptTag({ content: readFileSync(AXE, 'utf8') });
  const { violations } = await page.evaluate(() => axe.run());
  const name = `${url.startsWith('http') ? 'live' : 'report'}-${size}-${colorScheme}-${as}-${time}`;
  await page.screenshot({ path: join(options.out, `${name}.png`), fullPage: true });
  const faults = violations.filter((one) => ['serious', 'critical'].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)}: ${one.nodes[0].failureSummary}`);
  demand(!faults.length, faults.join('; ').replace(/\s+/g, ' '));
  for (const one of violations) console.log(`# ${name}: ${one.impact}: ${one.id}: ${one.nodes[0].html.slice(0, 100)}`);
  await close(page);
}

// Milliseconds from figures to pixels: the first time, and of many times.
async function measure(browser, url) {
  const page = await open(browser, url);
  const { first, times } = await page.evaluate(() => {
    const taken = [];
    for (let i = 0; i < 25; i++) {
      const began = performance.now();
      page.draw();
      taken.push(performance.now() - began);
    }
    return { first: FlameView.firstMs, times: taken.sort((a, b) => a - b) };
  });
  const { boxes } = await pictureOf(page);
  demand(boxes > 500, `only ${boxes} frames are drawn`);
  console.log(`figure page.flame_first_ms ${[first, first, first].map((ms) => ms.toFixed(2)).join(' ')} 1`);
  console.log(`figure page.flame_ms ${[times[12], times[0], times[24]].map((ms) => ms.toFixed(2)).join(' ')} 25`);
  await close(page);
}

const { live } = options;
const TESTS = [];
for (const [where, url] of [['live', live], ['report', report]]) {
  TESTS.push(
    [`${where}_loads_without_a_complaint`, loads, url],
    [`${where}_zooms_by_click_and_back`, zooms, url],
    [`${where}_searches`, searches, url],
    [`${where}_is_walked_by_keyboard`, walksByKeyboard, url],
    [`${where}_compares_two_spans`, compares, url],
    [`${where}_shows_every_value`, showsEveryValue, url],
    [`${where}_lists_functions`, listsFunctions, url],
    [`${where}_shows_hostile_names_as_text`, hostileNamesAreText, url],
    [`${where}_shows_the_collector`, showsTheCollector, url],
    [`${where}_themes_are_chosen`, themesAreChosen, url],
    [`${where}_fits_into_360_pixels`, takesNoMoreThanItsWidth, url]);
}
TESTS.push(['live_sorts_filters_and_pauses', sortsAndFilters, live]);
for (const looks of [['wide', 'light', 'graph', 'whole'], ['narrow', 'dark', 'graph', 'compare'],
  ['wide', 'dark', 'functions', 'compare'], ['narrow', 'light', 'functions', 'whole'],
  ['wide', 'dark', 'graph', 'compare']]) {
  TESTS.push([`live_has_no_serious_accessibility_fault_${looks.join('_')}`, accessible, live, ...looks]);
}
TESTS.push(
  ['report_has_no_serious_accessibility_fault', accessible, report, 'wide', 'light', 'graph', 'compare'],
  ['a_profile_of_2000_stacks_is_drawn', measure, report]);

mkdirSync(options.out, { recursive: true });
const browser = await chromium.launch({ executablePath: options.chromium, args: FLAGS });
let failed = 0;
for (const [name, test, ...rest] of TESTS) {
  if (!name.includes(options.only)) continue;
  const began = Date.now();
  try {
    await test(browser, ...rest);
    console.log(`ok ${name}`);
    if (process.env.V === '1') console.log(`# ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name} - ${error.message.replace(/\s+/g, ' ').slice(0, 600)}`);
  }
}
await browser.close();
process.exitCode = failed ? 1 : 0;
