// SPDX-License-Identifier: GPL-2.0-or-later
// What was seen of one heap of a process, moment by moment, pure. Bounded: when it is full every
// other moment goes, so that the whole time stays covered.

const MOMENTS_MAX = 60;

class Moments {
  constructor() {
    this.clear();
    this.least = 0;
  }

  clear() {
    this.table = new PathTable();
    this.inverted = new PathTable();
    this.list = [];
  }

  get last() {
    return this.list[this.list.length - 1] || null;
  }

  // One item of a stacks document made @at (seconds). False if it was known already.
  add(item, at) {
    if (this.last && at <= this.last.at) return false;
    if (this.table.count > PATHS_MAX) this.clear();
    const moment = flame.readMoment(this.table, item, at);
    moment.bytes = item.bytes ? item.bytes.value : NaN;
    moment.live = item.live_bytes ? item.live_bytes.value : NaN;
    moment.pacing = { at, live: item.heap_live_bytes, goal: item.heap_goal_bytes };
    // the last one is always kept: it takes the place of one that came too soon
    const before = this.list[this.list.length - 2];
    if (before && this.last.at - before.at < this.least) this.list.pop();
    this.list.push(moment);
    if (this.list.length > MOMENTS_MAX) this.thin();
    return true;
  }

  thin() {
    const last = this.list.length - 1;
    this.list = this.list.filter((_, i) => i === last || i % 2 === 0);
    this.least = 2 * (this.least || (this.last.at - this.list[0].at) / (2 * MOMENTS_MAX));
  }

  // Allocation rate between each moment and the one before it.
  rates() {
    return this.list.slice(1).map((moment, i) => {
      const before = this.list[i];
      const seconds = moment.observed - before.observed;
      return {
        from: before.at,
        to: moment.at,
        value: seconds > 0
          ? (Math.max(0, moment.bytes - before.bytes) / seconds) * moment.corrections.alloc_bytes : 0,
      };
    });
  }
}

// What a picture is of: the whole time, a span, or two spans to compare. Spans are pairs of numbers of
// moments.
const spans = {
  // Spans that make sense among @count moments: the last one by itself, against the time before.
  first(count) {
    const last = Math.max(0, count - 1);
    const middle = Math.floor(last / 2);
    return { a: spans.fit([0, middle], count), b: spans.fit([middle, last], count) };
  },

  // The ends in order, within what there is, and never the same moment twice where there are two.
  fit([from, to], count) {
    const last = Math.max(0, count - 1);
    let low = Math.min(Math.max(0, Math.min(from, to)), last);
    let high = Math.min(Math.max(0, Math.max(from, to)), last);
    if (low === high && last > 0) {
      if (high < last) high++;
      else low--;
    }
    return [low, high];
  },

  values(moments, key, [from, to]) {
    return flame.selfValues(moments.table, key, moments.list[from], moments.list[to]);
  },
};
