// The catalogue has no photographs. So each product has a small seascape, which is generated from
// its stock code.

const SVG = 'http://www.w3.org/2000/svg';
const SKIES = ['#f6d9c3', '#cfe6e6', '#f4e3b5', '#d9dcef', '#f3cfc6', '#d5e7d3', '#e7d7ea', '#cde0ef'];
const SEAS = ['#0f6b75', '#1a4f6e', '#2f7f6f', '#45508a', '#8a4a55', '#20707f', '#5f4b7d', '#0b3345'];
const SUNS = ['#ff8a5c', '#fff3d9', '#e9573a', '#f7b733'];

/** The picture of a product. */
export function seascape(sku) {
  const next = randomFrom(sku);
  const picture = node('svg', {
    viewBox: '0 0 320 200',
    class: 'art',
    'aria-hidden': 'true',
    preserveAspectRatio: 'xMidYMid slice',
  });
  picture.append(node('rect', { width: 320, height: 200, fill: pick(SKIES, next) }));
  picture.append(
    node('circle', { cx: 50 + next() * 220, cy: 40 + next() * 60, r: 18 + next() * 26, fill: pick(SUNS, next) }),
  );
  const sea = pick(SEAS, next);
  for (let i = 0; i < 3; i++) {
    const y = 105 + i * 30;
    const swell = 10 + next() * 16;
    const step = 60 + next() * 60;
    const start = -next() * step;
    let path = `M${start} ${y}`;
    for (let x = start; x < 340; x += step) {
      path += `q${step / 4} ${-swell} ${step / 2} 0t${step / 2} 0`;
    }
    picture.append(node('path', { d: `${path}V220H-120z`, fill: sea, 'fill-opacity': 0.35 + i * 0.25 }));
  }
  return picture;
}

function node(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const pick = (list, next) => list[Math.floor(next() * list.length)];

/** Makes random numbers in [0, 1). The same text gives the same numbers (mulberry32). */
function randomFrom(text) {
  let seed = 2166136261;
  for (const sign of text) seed = Math.imul(seed ^ sign.codePointAt(0), 16777619);
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
