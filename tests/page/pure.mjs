// SPDX-License-Identifier: GPL-2.0-or-later
// The page's arithmetic without a browser. usage: node pure.mjs; prints a line per test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import vm from 'node:vm';

const read = (name) => readFileSync(new URL(`../../src/web/page/${name}`, import.meta.url), 'utf8');
const source = ['format.js', 'flame.js', 'moments.js'].map(read).join('\n');
const { format, flame, PathTable, Moments, spans, MOMENTS_MAX, PATHS_MAX } = vm.runInThisContext(
  `(() => { ${source}; return { format, flame, PathTable, Moments, spans, MOMENTS_MAX, PATHS_MAX }; })()`);

// {'a;b;c': bytes} as an item of a stacks document.
function itemOf(stacks, observed = 10) {
  const item = { observed_s: observed, functions: [], files: [],
    nodes: { parent: [], function: [], alloc_bytes: [], alloc_objects: [] } };
  const paths = new Map([['', -1]]);
  const nameOf = (name) => {
    if (!item.functions.includes(name)) {
      item.functions.push(name);
      item.files.push('');
    }
    return item.functions.indexOf(name);
  };
  let all = 0;
  for (const [stack, bytes] of Object.entries(stacks)) {
    let path = '';
    for (const name of stack.split(';')) {
      const parent = paths.get(path);
      path += `;${name}`;
      if (paths.has(path)) continue;
      paths.set(path, item.nodes.parent.length);
      item.nodes.parent.push(parent);
      item.nodes.function.push(nameOf(name));
      item.nodes.alloc_bytes.push(0);
      item.nodes.alloc_objects.push(0);
    }
    item.nodes.alloc_bytes[paths.get(path)] += bytes;
    item.nodes.alloc_objects[paths.get(path)] += 1;
    all += bytes;
  }
  item.bytes = { value: all };
  return item;
}

function pathOf(table, stack) {
  let path = 0;
  for (const name of stack.split(';')) path = table.pathId(path, table.nameId(name, ''));
  return path;
}

function pictureOf(stacks) {
  const table = new PathTable();
  const moment = flame.readMoment(table, itemOf(stacks), 1);
  const self = flame.selfValues(table, 'alloc_bytes', null, moment);
  const totals = flame.totals(table, self);
  return { table, self, totals, children: flame.children(table, totals) };
}

const close = (a, b) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)), `${a}, ${b}`);

// A thousand deep stacks, the same ones each time.
function manyStacks(count) {
  const stacks = {};
  let seed = 17;
  for (let i = 0; i < count; i++) {
    const names = ['main'];
    for (let k = 0; k < 5 + (i % 30); k++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      names.push(`f${(seed >>> 16) % 40}`);
    }
    stacks[names.join(';')] = 1 + (i % 997);
  }
  return stacks;
}

const tests = {
  what_is_allocated_is_a_rate_of_the_time_that_was_observed() {
    const { table, self, totals } = pictureOf({ 'main;a': 300, 'main;b': 100, 'main;a;c': 600 });
    assert.equal(self[pathOf(table, 'main;a')], 30);
    assert.equal(totals[pathOf(table, 'main;a')], 90);
    assert.equal(totals[0], 100);
  },
  a_rate_makes_up_for_what_looks_take() {
    const table = new PathTable();
    const item = { ...itemOf({ 'main;a': 300, 'main;b': 100 }), heap: 'malloc', bytes_rate: { value: 120 } };
    const moment = flame.readMoment(table, item, 1);
    close(flame.totals(table, flame.selfValues(table, 'alloc_bytes', null, moment))[0], 120);
    close(flame.totals(table, flame.selfValues(table, 'alloc_objects', null, moment))[0], 0.2);
    const ofGo = flame.readMoment(table, { ...item, heap: 'go' }, 1);
    close(flame.totals(table, flame.selfValues(table, 'alloc_bytes', null, ofGo))[0], 40);
  },
  a_span_is_the_difference_of_its_ends_and_never_negative() {
    const moments = new Moments();
    assert.ok(moments.add(itemOf({ 'main;a': 100, 'main;b': 80 }, 10), 100));
    assert.ok(moments.add(itemOf({ 'main;a': 400, 'main;b': 60, 'main;c': 50 }, 20), 110));
    const self = spans.values(moments, 'alloc_bytes', [0, 1]);
    assert.equal(self[pathOf(moments.table, 'main;a')], 30);
    assert.equal(self[pathOf(moments.table, 'main;b')], 0);
    assert.equal(self[pathOf(moments.table, 'main;c')], 5);
  },
  a_moment_is_taken_once_and_in_order() {
    const moments = new Moments();
    assert.ok(moments.add(itemOf({ a: 1 }), 100));
    assert.ok(!moments.add(itemOf({ a: 1 }), 100));
    assert.ok(!moments.add(itemOf({ a: 1 }), 99));
    assert.equal(moments.list.length, 1);
  },
  what_is_not_known_is_not_zero() {
    const moments = new Moments();
    moments.add(itemOf({ a: 1 }), 100);
    assert.equal(flame.selfValues(moments.table, 'live_bytes', null, moments.last), null);
  },
  no_time_between_two_moments_is_no_rate() {
    const moments = new Moments();
    moments.add(itemOf({ a: 1 }, 10), 100);
    moments.add(itemOf({ a: 5 }, 10), 110);
    assert.equal(flame.totals(moments.table, spans.values(moments, 'alloc_bytes', [0, 1]))[0], 0);
  },
  moments_are_bounded_and_cover_all_of_the_time() {
    const moments = new Moments();
    for (let at = 1; at <= 5000; at++) moments.add(itemOf({ a: at }, at), at);
    assert.ok(moments.list.length <= MOMENTS_MAX && moments.list.length > MOMENTS_MAX / 4);
    assert.equal(moments.list[0].at, 1);
    assert.equal(moments.last.at, 5000);
    const gaps = moments.list.slice(1, -1).map((moment, i) => moment.at - moments.list[i].at);
    assert.ok(Math.max(...gaps) <= 5000 / (MOMENTS_MAX / 4), `${Math.max(...gaps)}`);
    assert.ok(moments.list.every((moment, i) => !i || moment.at > moments.list[i - 1].at));
  },
  a_table_of_paths_that_is_full_begins_anew() {
    const moments = new Moments();
    moments.add(itemOf({ a: 1 }), 1);
    moments.table.parents.length = PATHS_MAX + 1;
    moments.add(itemOf({ b: 1 }), 2);
    assert.equal(moments.list.length, 1);
    assert.equal(moments.table.count, 2);
  },
  widths_add_up_and_the_heaviest_is_first() {
    const { table, totals, children } = pictureOf({ 'main;a': 10, 'main;b': 30, 'main;c': 60 });
    const boxes = flame.layout(table, totals, children, 0, 0);
    const row = boxes.filter((box) => box.depth === 2).sort((x, y) => x.x - y.x);
    assert.deepEqual(row.map((box) => table.name(box.path)), ['c', 'b', 'a']);
    close(row.reduce((sum, box) => sum + box.width, 0), 1);
    close(row[1].x, 0.6);
  },
  what_is_zoomed_takes_the_whole_width_and_its_callers_too() {
    const { table, totals, children } = pictureOf({ 'main;a;x': 10, 'main;a;y': 30, 'main;c': 60 });
    const boxes = flame.layout(table, totals, children, pathOf(table, 'main;a'), 0);
    assert.deepEqual(boxes.filter((box) => box.width === 1).map((box) => table.name(box.path)),
      ['', 'main', 'a']);
    assert.ok(!boxes.some((box) => table.name(box.path) === 'c'));
    close(boxes.find((box) => table.name(box.path) === 'y').width, 0.75);
  },
  what_is_too_narrow_is_left_out_with_its_callees() {
    const { table, totals, children } = pictureOf({ 'main;a;x': 1, 'main;c': 999 });
    const boxes = flame.layout(table, totals, children, 0, 0.01);
    assert.deepEqual(boxes.map((box) => table.name(box.path)), ['', 'main', 'c']);
  },
  nothing_at_all_is_an_empty_picture() {
    const { table, totals, children } = pictureOf({});
    assert.deepEqual(flame.layout(table, totals, children, 0, 0), []);
  },
  a_search_takes_text_and_expressions_and_forgives_broken_ones() {
    assert.equal(flame.matcher(''), null);
    assert.ok(flame.matcher('JSON')('encoding/json.Marshal'));
    assert.ok(flame.matcher('/^main\\./')('main.f') && !flame.matcher('/^main\\./')('xmain.f'));
    assert.equal(flame.matcher('/(/')('('), false);
  },
  a_search_counts_nothing_twice() {
    const { table, totals } = pictureOf({ 'main;f;g;f': 40, 'main;f': 20, 'main;h': 40 });
    const found = flame.search(table, totals, flame.matcher('f'));
    assert.equal(found.count, 2);
    close(found.share, 0.6);
  },
  recursion_counts_once_in_the_list_of_functions() {
    const { table, self, totals } = pictureOf({ 'main;f;g;f': 40, 'main;f': 20, 'main;h': 40 });
    const rows = flame.functions(table, self, totals);
    const row = rows.find((one) => table.names[one.nameId] === 'f');
    close(row.self, 6);
    close(row.total, 6);
    close(rows.find((one) => table.names[one.nameId] === 'main').total, 10);
  },
  names_that_objects_have_are_names_like_others() {
    const { table, totals } = pictureOf({ '__proto__;constructor': 10, 'toString;__proto__': 20 });
    assert.equal(totals[pathOf(table, 'toString')], 2);
    assert.equal(flame.functions(table, totals, totals).length, 3);
  },
  from_the_inside_out_is_the_same_sum() {
    const { table, self, totals } = pictureOf({ 'main;a;malloc': 10, 'main;b;malloc': 30, 'main;c': 60 });
    const inverted = new PathTable();
    const [moved] = flame.invert(table, inverted, [self]);
    const sums = flame.totals(inverted, moved);
    close(sums[0], totals[0]);
    const first = flame.children(inverted, sums)[0].map((path) => [inverted.name(path), sums[path]]);
    assert.deepEqual(first, [['c', 6], ['malloc', 4]]);
    const again = flame.invert(table, inverted, [self, self]);
    assert.deepEqual([...again[1]], [...moved]);
  },
  arrows_walk_the_tree_and_stop_at_its_edges() {
    const { table, children } = pictureOf({ 'main;a': 60, 'main;b': 40 });
    const [main, a, b] = ['main', 'main;a', 'main;b'].map((stack) => pathOf(table, stack));
    const go = (path, key) => flame.neighbour(table, children, path, key);
    assert.deepEqual([go(0, 'down'), go(main, 'down'), go(a, 'right'), go(b, 'right'), go(b, 'left'),
      go(a, 'left'), go(b, 'first'), go(a, 'last'), go(a, 'up'), go(0, 'up'), go(a, 'down')],
    [main, a, b, b, a, a, a, b, main, 0, a]);
  },
  spans_keep_their_order_and_within_what_there_is() {
    assert.deepEqual(spans.fit([5, 2], 10), [2, 5]);
    assert.deepEqual(spans.fit([3, 3], 10), [3, 4]);
    assert.deepEqual(spans.fit([9, 9], 10), [8, 9]);
    assert.deepEqual(spans.fit([-4, 40], 10), [0, 9]);
    assert.deepEqual(spans.fit([0, 0], 1), [0, 0]);
    assert.deepEqual(spans.first(2), { a: [0, 1], b: [0, 1] });
    assert.deepEqual(spans.first(5), { a: [0, 2], b: [2, 4] });
  },
  changes_are_told_between_gone_and_new() {
    assert.deepEqual([[0, 5], [5, 0], [4, 4], [0, 0], [2, 4]].map(([a, b]) => flame.change(a, b)),
      [1, -1, 0, 0, 0.5]);
  },
  sums_of_many_stacks_agree() {
    const stacks = manyStacks(2000);
    const { table, self, totals, children } = pictureOf(stacks);
    close(totals[0], Object.values(stacks).reduce((sum, one) => sum + one, 0) / 10);
    close(self.reduce((sum, one) => sum + one, 0), totals[0]);
    const boxes = flame.layout(table, totals, children, 0, 0);
    for (let depth = 0; depth < 4; depth++) {
      const row = boxes.filter((box) => box.depth === depth);
      close(row.reduce((sum, box) => sum + box.width, 0), 1);
    }
  },
  numbers_are_written_as_in_the_reports() {
    assert.equal(format.bytes(98100000), '98.1 MB');
    assert.equal(format.bytes(999.9), '1 kB');
    assert.equal(format.bytes(NaN), '-');
    assert.equal(format.count(12345), '12.3k');
    assert.equal(format.seconds(0.00022), '220 µs');
    assert.equal(format.share(0.62), '62 %');
    assert.equal(format.share(0.00001), '< 0.01 %');
    assert.equal(format.signed('-3 B', -3), '−3 B');
    assert.equal(format.shortName('net/http.(*conn).serve'), 'http.(*conn).serve');
    assert.equal(format.shortName('main.f[go.shape.struct { a/b.T }]'), 'main.f[go.shape.struct { a/b.T }]');
    assert.equal(format.shortName('operator/(Vec const&)'), 'operator/(Vec const&)');
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    test();
    console.log(`ok ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${name} - ${error.message.replace(/\s+/g, ' ').slice(0, 300)}`);
  }
}
process.exitCode = failed ? 1 : 0;
