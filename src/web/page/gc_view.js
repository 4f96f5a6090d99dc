// SPDX-License-Identifier: GPL-2.0-or-later
// The collector of a Go program over time: what each cycle has left over against the goal, and how
// long each has stopped the program.

const GC_WIDTH = 1000;
const HEAP_HEIGHT = 150;
const PAUSE_HEIGHT = 70;

class CollectorView {
  constructor(place) {
    this.place = place;
  }

  // @moments of its heap, of which there may be none yet: what the pacer has said at each.
  show(item, at, moments) {
    this.readings = (moments ? moments.list : []).map((moment) => moment.pacing)
      .filter((reading) => reading.live !== undefined);
    if (!this.readings.length && item.heap_live_bytes !== undefined) {
      this.readings.push({ at, live: item.heap_live_bytes, goal: item.heap_goal_bytes });
    }
    const start = at - item.span_s;
    const left = item.left_over.map((point) => ({ at: start + point.after_s, bytes: point.bytes }));
    const open = this.place.querySelector('details');
    const isOpen = open && open.open;
    const parts = [this.facts(item)];
    if (left.length > 1 || this.readings.length > 1) parts.push(this.heap(item, left, at));
    if (item.cycles.length) parts.push(this.pauses(item), this.cycleList(item, isOpen));
    if (item.coverage) parts.push(element('p', { className: 'dim' }, `Not read: ${item.coverage}`));
    this.place.replaceChildren(...parts);
  }

  facts(item) {
    const facts = [
      ['version', item.version],
      ['GC every', format.seconds(figureOf(item.interval_s))],
      ['pause', format.seconds(figureOf(item.pause_s))],
      ['pause p99', format.seconds(figureOf(item.pause_p99_s))],
      ['GC share of CPU', format.share(item.gc_cpu_ratio ?? NaN)],
      ['live', format.bytes(item.heap_live_bytes ?? NaN)],
      ['goal', format.bytes(item.heap_goal_bytes ?? NaN)],
      ['GOGC', item.gogc_off ? 'off' : item.gogc_percent ?? '-'],
      ['GOMEMLIMIT', item.memory_limit_bytes ? format.bytes(item.memory_limit_bytes) : 'none'],
      ['cycles', item.cycles_total === undefined ? '-'
        : `${item.cycles_total} (${item.forced_cycles_total} forced)`],
      ['goroutines', item.goroutines ?? '-'],
    ];
    return element('dl', { className: 'figures' }, ...facts.flatMap(([name, value]) =>
      [element('div', null, element('dt', null, name), element('dd', null, String(value ?? '-')))]));
  }

  static axis(from, to) {
    return (at) => (to > from ? ((at - from) / (to - from)) * GC_WIDTH : 0);
  }

  heap(item, left, now) {
    const readings = this.readings;
    const from = Math.min(left.length ? left[0].at : now, readings.length ? readings[0].at : now);
    const x = CollectorView.axis(from, now);
    const goals = readings.filter((one) => one.goal).map((one) => one.goal);
    const most = Math.max(1, item.heap_goal_bytes || 0, ...goals,
      ...left.map((point) => point.bytes), ...readings.map((one) => one.live)) * 1.05;
    const y = (bytes) => HEAP_HEIGHT - (bytes / most) * (HEAP_HEIGHT - 4);
    const step = (points, value) => points.flatMap((point, i) => {
      const next = points[i + 1];
      const pair = [`${x(point.at)},${y(value(point))}`];
      if (next) pair.push(`${x(next.at)},${y(value(point))}`);
      return pair;
    }).join(' ');
    const chart = drawing('svg', { viewBox: `0 0 ${GC_WIDTH} ${HEAP_HEIGHT}`, role: 'img',
      preserveAspectRatio: 'none', class: 'gc-chart',
      'aria-label': `Heap over ${format.seconds(now - from)}: goal ${format.bytes(item.heap_goal_bytes ?? NaN)}, ` +
        `live ${format.bytes(item.heap_live_bytes ?? NaN)}, left over by the last cycle ` +
        `${format.bytes(left.length ? left[left.length - 1].bytes : NaN)}` },
      drawing('polyline', { points: readings.map((one) => `${x(one.at)},${y(one.live)}`).join(' '), class: 'live' }),
      drawing('polyline', { points: step(left, (point) => point.bytes), class: 'left' }));
    if (goals.length) {
      const withEnd = [...readings.filter((one) => one.goal), { at: now, goal: goals[goals.length - 1] }];
      chart.append(drawing('polyline', { points: step(withEnd, (one) => one.goal), class: 'goal' }));
    }
    return this.figure('Heap', chart, `0 to ${format.bytes(most)}, ${format.clock(from)} to ${format.clock(now)}`,
      [['goal', 'goal (dashed)'], ['live', 'live'], ['left', 'left over by each cycle']]);
  }

  pauses(item) {
    const cycles = item.cycles;
    const from = cycles[0].ended_s;
    const to = cycles[cycles.length - 1].ended_s;
    const x = CollectorView.axis(from, to);
    const most = Math.max(1e-9, ...cycles.map((cycle) => cycle.pause_s || 0));
    const bars = cycles.map((cycle) => {
      const height = Math.max(1, ((cycle.pause_s || 0) / most) * (PAUSE_HEIGHT - 4));
      const at = Math.min(GC_WIDTH - 1, Math.max(1, x(cycle.ended_s)));
      return drawing('line', { x1: at, x2: at, y1: PAUSE_HEIGHT, y2: PAUSE_HEIGHT - height,
        class: cycle.cause === 'forced' ? 'pause forced' : 'pause' });
    });
    const chart = drawing('svg', { viewBox: `0 0 ${GC_WIDTH} ${PAUSE_HEIGHT}`, role: 'img',
      preserveAspectRatio: 'none', class: 'gc-chart low',
      'aria-label': `Pauses of the last ${cycles.length} cycles, at most ${format.seconds(most)}` }, ...bars);
    return this.figure('Pauses', chart,
      `${cycles.length} cycles, at most ${format.seconds(most)}, ${format.clock(from)} to ${format.clock(to)}`,
      [['pause', 'by the pacer'], ['forced', 'asked for (dashed)']]);
  }

  figure(title, chart, range, keys) {
    const legend = keys.flatMap(([kind, text]) =>
      [element('span', { className: `key ${kind}`, 'aria-hidden': 'true' }), ` ${text}  `]);
    return element('figure', null,
      element('figcaption', null, element('strong', null, title), ` ${range}`), chart,
      element('p', { className: 'legend' }, ...legend));
  }

  cycleList(item, isOpen) {
    const rows = item.cycles.slice(-50).reverse().map((cycle) => element('tr', null,
      element('td', { className: 'n' }, String(cycle.cycle ?? '-')),
      element('td', null, format.clock(cycle.ended_s)),
      element('td', { className: 'n' }, format.seconds(cycle.pause_s ?? NaN)),
      element('td', { className: 'n' }, format.seconds(cycle.mark_s ?? NaN)),
      element('td', null, cycle.cause || '-')));
    const heads = [['cycle', 'n'], ['ended', ''], ['pause', 'n'], ['marking', 'n'], ['cause', '']]
      .map(([title, className]) => element('th', { scope: 'col', className }, title));
    const details = element('details', null,
      element('summary', null, 'The last cycles as a table'),
      element('div', { className: 'wide tall', role: 'region', 'aria-label': 'Cycles', tabIndex: 0 },
        element('table', null, element('thead', null, element('tr', null, ...heads)),
          element('tbody', null, ...rows))));
    details.open = Boolean(isOpen);
    return details;
  }
}
