// SPDX-License-Identifier: GPL-2.0-or-later
// Paints boxes of a flame graph. Nothing but pixels: what can be reached by keyboard and heard is
// flame_view's.

const ROW_PX = 20;
const TEXT_MIN_PX = 28;

const PALETTES = {
  light: {
    text: '#16181d', edge: '#fdfdfc', root: '#d5d8de', dim: 0.35,
    box: (hue) => `hsl(${hue} 58% 79%)`,
    found: '#f0e442', current: '#0b5cad',
    same: [226, 228, 232], more: [232, 138, 60], less: [104, 165, 222],
  },
  dark: {
    text: '#f4f5f7', edge: '#111113', root: '#43484f', dim: 0.4,
    box: (hue) => `hsl(${hue} 36% 31%)`,
    found: '#8a6d00', current: '#7cc0ff',
    same: [62, 66, 72], more: [146, 74, 14], less: [28, 88, 142],
  },
};

class FlameCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d', { alpha: false });
    this.hues = new Map();
  }

  hueOf(name) {
    let hue = this.hues.get(name);
    if (hue === undefined) {
      // steps of 24 degrees: families next to each other differ visibly
      hue = (flame.hash(flame.family(name)) % 15) * 24;
      this.hues.set(name, hue);
    }
    return hue;
  }

  resize(width, height) {
    const scale = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.height = `${height}px`;
    }
    this.width = width;
    this.height = height;
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    this.context.font = '12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
    this.character = this.context.measureText('mmmmmmmmmm').width / 10;
    this.context.textBaseline = 'middle';
  }

  static mix(from, to, share) {
    const parts = from.map((part, i) => Math.round(part + (to[i] - part) * share));
    return `rgb(${parts.join(' ')})`;
  }

  colour(palette, picture, box) {
    if (box.path === 0) return palette.root;
    if (picture.found && picture.found[box.path]) return palette.found;
    if (!picture.before) return palette.box(this.hueOf(picture.table.name(box.path)));
    const change = flame.change(picture.before[box.path], picture.after[box.path]);
    return FlameCanvas.mix(palette.same, change > 0 ? palette.more : palette.less,
      Math.min(1, Math.abs(change) * 1.15));
  }

  // @picture: what flame_view has made; @top: pixels scrolled away.
  draw(picture, top, theme) {
    const palette = PALETTES[theme];
    const context = this.context;
    context.fillStyle = palette.edge;
    context.fillRect(0, 0, this.width, this.height);
    for (const box of picture.boxes) {
      const y = box.depth * ROW_PX - top;
      if (y > -ROW_PX && y < this.height) this.drawBox(palette, picture, box, y);
    }
  }

  drawBox(palette, picture, box, y) {
    const context = this.context;
    const x = box.x * this.width;
    const width = Math.max(0.5, box.width * this.width - 0.75);
    const isPassed = picture.found && !picture.found[box.path] && box.path !== 0;
    const isAbove = box.path !== 0 && box.path !== picture.zoom &&
      box.depth < picture.table.depths[picture.zoom];
    context.globalAlpha = isPassed || isAbove ? palette.dim : 1;
    context.fillStyle = this.colour(palette, picture, box);
    context.fillRect(x, y, width, ROW_PX - 1);
    context.globalAlpha = isPassed ? 0.75 : 1;
    if (width >= TEXT_MIN_PX) this.drawText(palette, picture, box, x, y, width);
    context.globalAlpha = 1;
    if (box.path === picture.current) this.drawCurrent(palette, x, y, width);
  }

  drawText(palette, picture, box, x, y, width) {
    const room = Math.floor((width - 8) / this.character);
    let text = picture.label(box.path);
    if (text.length > room) text = `${text.slice(0, Math.max(1, room - 1))}…`;
    this.context.fillStyle = palette.text;
    this.context.fillText(text, x + 4, y + ROW_PX / 2, width - 6);
  }

  drawCurrent(palette, x, y, width) {
    this.context.strokeStyle = palette.current;
    this.context.lineWidth = 2;
    this.context.strokeRect(x + 1, y + 1, Math.max(1, width - 2), ROW_PX - 3);
  }
}
