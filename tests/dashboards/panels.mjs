// SPDX-License-Identifier: GPL-2.0-or-later
// Runs every panel's expressions in a Prometheus and fails where one is an error, empty, or nothing
// but NaN. Variables are resolved as Grafana does, by label values.
//
// usage: node panels.mjs [--rate-interval 1m] [--range 300] [--allow FILE] URL DASHBOARD.json...
//   --allow  JSON, {"uid/panel title": "reason"}: panels that may be empty. It is said of one that
//            has data all the same.
// Prints "ok|not ok UID/PANEL", and last "N passed, N failed".
import { readFileSync } from 'node:fs';
import { resolveVariables, fillIn, runTarget, panelsOf } from './ask.mjs';

function parseArguments(words) {
  const options = { rateInterval: '1m', range: 300, allow: {}, files: [], url: '' };
  while (words.length) {
    const word = words.shift();
    if (word === '--rate-interval') options.rateInterval = words.shift();
    else if (word === '--range') options.range = Number(words.shift());
    else if (word === '--allow') options.allow = JSON.parse(readFileSync(words.shift(), 'utf8'));
    else if (!options.url) options.url = word.replace(/\/$/, '');
    else options.files.push(word);
  }
  return options;
}

// '' if the target has at least one number, else why not.
async function judge(url, target, values, options) {
  const expr = fillIn(target.expr, values);
  let series;
  try {
    series = await runTarget(url, target, expr, options.range);
  } catch (error) {
    return `${target.refId}: ${error.message} in ${expr}`;
  }
  if (!series.length) return `${target.refId}: empty: ${expr}`;
  const isNumber = (point) => Number.isFinite(Number(point[1]));
  const hasNumber = series.some((one) => one.points.some(isNumber));
  return hasNumber ? '' : `${target.refId}: NaN only: ${expr}`;
}

async function main() {
  const options = parseArguments(process.argv.slice(2));
  if (!options.files.length) {
    console.error('usage: panels.mjs [--rate-interval T] [--range S] [--allow FILE] URL FILE...');
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const file of options.files) {
    const dashboard = JSON.parse(readFileSync(file, 'utf8'));
    const values = await resolveVariables(options.url, dashboard, options.rateInterval);
    for (const panel of panelsOf(dashboard)) {
      if (panel.type === 'text') continue;
      const name = `${dashboard.uid}/${panel.title}`;
      const reasons = [];
      for (const target of panel.targets) {
        const why = await judge(options.url, target, values, options);
        if (why) reasons.push(why);
      }
      const allowed = options.allow[name];
      const isEmpty = reasons.some((why) => /: (empty|NaN only): /.test(why));
      const isWrong = reasons.some((why) => !/: (empty|NaN only): /.test(why));
      if (!reasons.length) {
        passed++;
        console.log(`ok ${name}${allowed ? ' (may be empty, has data)' : ''}`);
      } else if (isEmpty && !isWrong && allowed) {
        passed++;
        console.log(`ok ${name} (empty: ${allowed})`);
      } else {
        failed++;
        console.log(`not ok ${name} - ${reasons.join('; ')}`);
      }
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed || !passed ? 1 : 0;
}

process.exitCode = await main();
