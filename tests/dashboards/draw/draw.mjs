// SPDX-License-Identifier: GPL-2.0-or-later
// Draws dashboards with Grafana's own components from a live Prometheus, in dark and in light, and
// compares what stands in each panel with what was queried.
//
// usage: node draw.mjs --prometheus URL --out DIR --page DIST [--range S] [--rate-interval T]
//          [--chromium FILE] [--comm NAME,...] [--allow FILE] DASHBOARD.json...
//   --comm   what the dashboard of processes shows; all by default
//   --allow  JSON, {"uid/panel title": "reason"}: panels that may be empty
// Writes DIR/NAME-{dark,light}.png. Exit code 1 if a panel has no data, the page complains, or a
// shown value is not the queried one.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { fillIn, panelsOf, resolveVariables, runTarget } from '../ask.mjs';
import { checkPanel } from './compare.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css',
  '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
// Answered from the built page; nothing listens there.
const ORIGIN = 'http://dashboard.invalid';
const WIDTH = 1600;

const { values: options, positionals: files } = parseArgs({
  allowPositionals: true,
  options: {
    prometheus: { type: 'string' },
    out: { type: 'string' },
    page: { type: 'string' },
    range: { type: 'string', default: '300' },
    'rate-interval': { type: 'string', default: '1m' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    comm: { type: 'string', default: '' },
    allow: { type: 'string' },
  },
});

const mayBeEmpty = options.allow ? JSON.parse(readFileSync(options.allow, 'utf8')) : {};

const nameOf = (target, labels) =>
  target.legendFormat.replace(/{{\s*(\w+)\s*}}/g, (_, label) => labels[label] ?? '').trim();

// Buckets are cumulative in Prometheus and are shown each for itself, smallest first.
function unfold(series) {
  const end = (one) => (one.labels.le === '+Inf' ? Infinity : Number(one.labels.le));
  const sorted = [...series].sort((a, b) => end(a) - end(b));
  return sorted.map((one, i) => ({
    ...one,
    points: one.points.map(([at, value], k) => [at, value - (sorted[i - 1]?.points[k][1] ?? 0)]),
  }));
}

async function readPanel(panel, values, range) {
  const all = [];
  for (const target of panel.targets ?? []) {
    const expr = fillIn(target.expr, values);
    const found = await runTarget(options.prometheus, target, expr, range, 120);
    const series = found.map((one) => ({
      ...one,
      refId: target.refId,
      name: nameOf(target, one.labels),
    }));
    all.push(...(target.format === 'heatmap' ? unfold(series) : series));
  }
  return all;
}

// Icons and fonts are not part of the build: packages bring them.
function fileOf(path) {
  const page = resolve(options.page);
  const packages = join(page, '../node_modules');
  if (path.startsWith('/public/build/')) {
    return join(packages, '@grafana/ui/dist/public', path.slice('/public/build/'.length));
  }
  const font = /^\/public\/fonts\/inter\/Inter-(\w+)\.woff2$/.exec(path);
  const weight = { Regular: 400, Medium: 500 }[font?.[1]];
  return weight
    ? join(packages, `@fontsource/inter/files/inter-latin-${weight}-normal.woff2`)
    : join(page, path);
}

async function servePage(page) {
  await page.route(`${ORIGIN}/**`, (route) => {
    const path = new URL(route.request().url()).pathname.replace(/^\/$/, '/index.html');
    const file = fileOf(path);
    if (!existsSync(file)) return route.fulfill({ status: 404, body: '' });
    return route.fulfill({ body: readFileSync(file), contentType: TYPES[extname(file)] });
  });
}

async function drawOne(browser, dashboard, series, mode, now, range) {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 1000 } });
  const problems = [];
  page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  page.on('response', (answer) => {
    if (answer.status() >= 400) problems.push(`status ${answer.status()}: ${answer.url()}`);
  });
  await servePage(page);
  await page.addInitScript((drawing) => { window.drawing = drawing; },
    { dashboard, series, mode, range: [now - range, now] });
  await page.goto(ORIGIN + '/');
  await page.waitForFunction(() => window.drawn, null, { timeout: 30000 });
  const last = dashboard.panels.at(-1).id;
  await page.waitForSelector(`[data-panel="${last}"]`);
  // Canvases are painted in a later frame than the one that mounts them.
  await page.evaluate(() => new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 500)));
  }));
  for (const panel of panelsOf(dashboard)) {
    const reason = mayBeEmpty[`${dashboard.uid}/${panel.title}`];
    problems.push(...await checkPanel(page, panel, series[panel.id] ?? [], reason));
  }
  const file = join(options.out, `${dashboard.uid.replace('heapbeat-', '')}-${mode}.png`);
  await page.screenshot({ path: file, fullPage: true });
  await page.close();
  return problems;
}

async function main() {
  const range = Number(options.range);
  const chosen = options.comm ? { comm: options.comm.split(',') } : {};
  mkdirSync(options.out, { recursive: true });
  const browser = await chromium.launch({ executablePath: options.chromium, args: FLAGS });
  let passed = 0;
  let failed = 0;
  try {
    for (const path of files) {
      const dashboard = JSON.parse(readFileSync(path, 'utf8'));
      const values = await resolveVariables(options.prometheus, dashboard,
        options['rate-interval'], dashboard.uid === 'heapbeat-process' ? chosen : {});
      const now = Date.now() / 1000;
      const series = {};
      for (const panel of panelsOf(dashboard)) {
        series[panel.id] = await readPanel(panel, values, range);
      }
      for (const mode of ['dark', 'light']) {
        const problems = await drawOne(browser, dashboard, series, mode, now, range);
        for (const problem of problems) console.log(`not ok ${basename(path)} ${mode}: ${problem}`);
        if (problems.length) failed++;
        else passed++;
      }
    }
  } finally {
    await browser.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed || !passed ? 1 : 0;
}

process.exitCode = await main();
