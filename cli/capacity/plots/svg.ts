/** Text that is safe in HTML and SVG, in attributes too. */
export function safe(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

export type Scale = (value: number) => number;

/** A linear scale from a domain to a range. */
export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const span = domain[1] - domain[0] || 1;
  return (value) => range[0] + ((value - domain[0]) / span) * (range[1] - range[0]);
}

/** About `wished` round numbers, from 0 to at least `max`. */
export function niceTicks(max: number, wished = 4): number[] {
  if (!(max > 0)) return [0, 1];
  const raw = max / wished;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw * 0.999)!;
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** Rounds to tenths of a pixel, which keeps the page small. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A line through points, with gaps where a value is NaN. */
export function line(xs: readonly number[], ys: ArrayLike<number>, y: Scale): string {
  let path = '';
  let broken = true;
  for (let i = 0; i < xs.length; i++) {
    const value = ys[i]!;
    if (Number.isNaN(value)) {
      broken = true;
      continue;
    }
    path += `${broken ? 'M' : 'L'}${px(xs[i]!)} ${px(y(value))}`;
    broken = false;
  }
  return path;
}

/** Path with a step at each change. The last step stops at `end`. */
export function steps(xs: readonly number[], ys: ArrayLike<number>, y: Scale, end: number): string {
  let path = '';
  let last = Number.NaN;
  for (let i = 0; i < xs.length; i++) {
    const value = ys[i]!;
    if (value === last || (Number.isNaN(value) && Number.isNaN(last))) continue;
    if (Number.isNaN(value)) path += `H${px(xs[i]!)}`;
    else if (Number.isNaN(last)) path += `M${px(xs[i]!)} ${px(y(value))}`;
    else path += `H${px(xs[i]!)}V${px(y(value))}`;
    last = value;
  }
  return Number.isNaN(last) ? path : `${path}H${px(end)}`;
}

/** The area between two lines, in one piece for each run without NaN. */
export function between(xs: readonly number[], lows: ArrayLike<number>, highs: ArrayLike<number>, y: Scale): string {
  let path = '';
  for (let i = 0; i < xs.length; i++) {
    if (Number.isNaN(lows[i]!) || Number.isNaN(highs[i]!)) continue;
    let end = i;
    while (end + 1 < xs.length && !Number.isNaN(lows[end + 1]!) && !Number.isNaN(highs[end + 1]!)) end++;
    const there = Array.from({ length: end - i + 1 }, (_, k) => `${px(xs[i + k]!)} ${px(y(highs[i + k]!))}`);
    const back = Array.from({ length: end - i + 1 }, (_, k) => `${px(xs[end - k]!)} ${px(y(lows[end - k]!))}`);
    path += `M${there.join('L')}L${back.join('L')}Z`;
    i = end;
  }
  return path;
}

type Attributes = Readonly<Record<string, string | number>>;

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? px(value) : safe(value)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export function path(kind: string, d: string): string {
  return d === '' ? '' : element('path', { class: kind, d });
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, safe(content));
}

/** A text that appears under the pointer. */
export function tooltip(content: string): string {
  return element('title', {}, safe(content));
}

/** A picture as wide as its container. @param label text alternative for screen readers */
export function picture(width: number, height: number, label: string, content: string): string {
  return element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }, content);
}
