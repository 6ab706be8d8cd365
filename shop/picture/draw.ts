import { DisplayTime } from './display-time';
import { results, resultsOf } from './results';
import type { RunRecord } from './run-record';
import { STYLE } from './style';
import { at, LEFT, short, WIDTH } from './svg';

const HEIGHT = 412;
/** Distance between stations. */
const STEP = 193.5;
const BOX = { width: 138, height: 128, top: 104 } as const;
const GRAPH = { top: 244, height: 34 } as const;
const DOTS_A_ROW = 13;
const DOT_GAP = 9.9;
/** Percent of the loop in which a dot moves from one station to the next. */
const FLIGHT = 1.6;
const SAMPLES = 36;
const CLOCK_SAMPLES = 48;
/** If an order waits longer than this, its worker was killed, and SQS redelivers its message. */
const REDELIVERED_MS = 60_000;
const STATIONS = [
  ['Point of sale', 'orders to send'],
  ['Stored', 'wait for Payments'],
  ['Paid', 'wait for Invoices'],
  ['Invoiced', 'wait for Mail'],
  ['Complete', 'mail is sent'],
] as const;
const BETWEEN = ['edge', 'Payments', 'Invoices', 'Mail'] as const;
/**
 * Draws a run as an animated SVG without scripts. Each dot is an order. The same record always
 * gives the same picture. Without animation, the picture shows the end of the run.
 */
export function draw(record: RunRecord): string {
  const time = new DisplayTime(record);
  const parts = [
    stations(record, time),
    dots(record, time),
    kills(record, time),
    captions(record, time),
    clock(time),
    results(record.rows),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t d">
<title id="t">A real day of sales on one machine</title>
<desc id="d">${descriptionOf(record)}</desc>
<style>${STYLE}</style>
<rect class="card" x=".5" y=".5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="12"/>
<text class="title" x="${LEFT}" y="40">A real day of sales on one machine</text>
${parts.join('\n')}
</svg>
`;
}

/** The picture in words, for people who don't see it. */
export function descriptionOf(record: RunRecord): string {
  const { orders, kills: killed, rows } = record;
  const seconds = Math.round(Math.max(...orders.flat()) / 1000);
  const lost =
    killed.length === 0 ? '' : ` ${killed.length} worker processes are killed, and SQS redelivers their messages.`;
  const found = resultsOf(rows).map(({ label, text }) => `${text} ${label}`);
  return (
    `${orders.length} orders go through the edge into the orders table. Workers then charge them, write invoices and send ` +
    `mail, in ${seconds} seconds.${lost} At the end the stores equal the file: ${found.join(', ')}.`
  );
}

function stations({ orders }: RunRecord, time: DisplayTime): string {
  const samples = time.samples(SAMPLES);
  const from = time.percentAt(0);
  const to = time.percentAt(time.end);
  const playhead = `@keyframes p{0%,${at(from)}{translate:-${BOX.width}px}${at(to)},to{translate:0}}`;
  const countsOf = STATIONS.map((_, i) =>
    samples.map((ms) => orders.filter((times) => stationAt(times, ms) === i).length),
  );
  const last = STATIONS.length - 1;
  const busiest = Math.max(...countsOf.slice(1, last).flat());
  const boxes = STATIONS.map(([name, waits], i) => {
    const x = LEFT + i * STEP;
    const counts = countsOf[i]!;
    return [
      `<text class="name" x="${x}" y="82">${name}</text><text class="small" x="${x}" y="97">${waits}</text>`,
      `<rect class="box" x="${x}" y="${BOX.top}" width="${BOX.width}" height="${BOX.height}" rx="8"/>`,
      counter(
        `c${i}`,
        counts.map(String),
        samples.map((ms) => time.percentAt(ms)),
        x + BOX.width,
        88,
        'count',
      ),
      graph(counts, i, i === 0 || i === last ? orders.length : busiest),
    ].join('');
  });
  const arrows = BETWEEN.map((name, i) => {
    const x = LEFT + BOX.width + i * STEP + (STEP - BOX.width) / 2;
    const y = BOX.top + BOX.height / 2;
    return `<path class="arrow" d="M${x - 13} ${y}h24m-7-6 7 6-7 6"/><text class="small mid" x="${x}" y="${y + 24}">${name}</text>`;
  });
  return `<style>${playhead}</style>${boxes.join('\n')}\n${arrows.join('')}`;
}

/** Index of the station in which an order is after `ms` milliseconds of the run. */
function stationAt(times: readonly number[], ms: number): number {
  return times.slice(1).filter((moment) => moment <= ms).length;
}

/** The number of orders in a station over time. The curve grows with the time of the run. */
function graph(counts: readonly number[], i: number, max: number): string {
  const { top, height } = GRAPH;
  const x = LEFT + i * STEP;
  const points = counts.map((count, n) => {
    const px = x + (BOX.width * n) / (counts.length - 1);
    return `${short(px)} ${short(top + height - (height * count) / max)}`;
  });
  return (
    `<clipPath id="g${i}"><path class="reveal" d="M${x} ${top}h${BOX.width}v${height}h-${BOX.width}z"/></clipPath>` +
    `<path class="area" clip-path="url(#g${i})" d="M${x} ${top + height}L${points.join(' ')}V${top + height}z"/>` +
    `<path class="line" d="M${x} ${top + height}h${BOX.width}"/>` +
    `<text class="small" x="${x}" y="${top + height + 14}">at most ${Math.max(...counts)}</text>`
  );
}

/** Numbers that replace each other at stated percents of the loop. The last number stays. */
function counter(
  id: string,
  texts: readonly string[],
  percents: readonly number[],
  x: number,
  y: number,
  kind: string,
): string {
  const distinct = texts.map((text, i) => [text, i] as const).filter(([text, i]) => text !== texts[i - 1]);
  const last = distinct.length - 1;
  const frames = distinct.map(([, i], n) => `${n === 0 ? '0%' : at(percents[i]!)}{translate:0 ${(last - n) * 30}px}`);
  const lines = distinct.map(([text], n) => `<tspan x="${x}" y="${y - (last - n) * 30}">${text}</tspan>`);
  return (
    `<style>@keyframes ${id}{${frames.join('')}to{translate:0}}</style>` +
    `<clipPath id="${id}k"><path d="M${x - 110} ${y - 22}h112v28h-112z"/></clipPath>` +
    `<g clip-path="url(#${id}k)"><text class="${kind}" style="animation-name:${id}">${lines.join('')}</text></g>`
  );
}

function dots({ orders }: RunRecord, time: DisplayTime): string {
  const frames: string[] = [];
  const circles = orders.map((times, i) => {
    let frame = '';
    let since = 0;
    times.slice(1).forEach((moment, station) => {
      // A dot arrives when the order's step is done. It can't leave a station before it has arrived
      // there.
      const arrives = Math.max(time.percentAt(moment), since + FLIGHT);
      frame += `${at(since)},${at(arrives - FLIGHT)}{translate:${(station - 4) * STEP}px}`;
      since = arrives;
    });
    frames.push(`@keyframes o${i}{${frame}${at(since)},to{translate:0}}`);
    const x = LEFT + 4 * STEP + 9.6 + (i % DOTS_A_ROW) * DOT_GAP;
    const y = BOX.top + 12 + Math.floor(i / DOTS_A_ROW) * DOT_GAP;
    const lost = times.findIndex((moment, n) => moment - (times[n - 1] ?? moment) > REDELIVERED_MS);
    if (lost > 0) {
      const from = time.percentAt(times[lost - 1]!) + FLIGHT;
      frames.push(`@keyframes l${i}{0%,${at(from)}{fill:var(--dot)}${at(from + 1)},to{fill:var(--lost)}}`);
    }
    const names = lost > 0 ? `o${i},l${i}` : `o${i}`;
    return `<circle${lost > 0 ? ' class="lost"' : ''} cx="${short(x)}" cy="${short(y)}" r="3.6" style="animation-name:${names}"/>`;
  });
  return `<style>${frames.join('')}</style><g class="dots">${circles.join('')}</g>`;
}

/** A cross at a worker whose process is killed. */
function kills({ kills: killed }: RunRecord, time: DisplayTime): string {
  return killed
    .map(([ms, worker], i) => {
      const gap = BETWEEN.indexOf(worker as (typeof BETWEEN)[number]);
      const x = LEFT + BOX.width + gap * STEP + (STEP - BOX.width) / 2;
      const y = BOX.top + BOX.height / 2 - 22;
      const from = time.percentAt(ms);
      const frames = `@keyframes x${i}{0%,${at(from)}{opacity:0}${at(from + 0.3)},${at(from + 2)}{opacity:1}${at(from + 3)},to{opacity:0}}`;
      return `<style>${frames}</style><path class="kill" style="animation-name:x${i}" d="M${x - 6} ${y - 6}l12 12m0-12-12 12"/>`;
    })
    .join('');
}

function captions({ orders, kills: killed, rows }: RunRecord, time: DisplayTime): string {
  const stored = time.percentAt(Math.max(...orders.map((times) => times[1])));
  const lastKill = Math.max(...killed.map(([ms]) => ms), 0);
  const isGood = rows.every(({ ok }) => ok);
  const end = time.percentAt(time.end);
  const texts: (readonly [from: number, text: string])[] = [
    [0, `The point of sale sends ${orders.length} orders through the edge. Each dot is an order.`],
    ...(killed.length > 0
      ? [
          [
            time.percentAt(killed[0]![0]),
            `${killed.length} worker processes are killed. Their orders turn orange.`,
          ] as const,
        ]
      : [[stored, 'Workers charge the orders, write the invoices and send the mail.'] as const]),
    ...(killed.length > 0
      ? [
          [
            time.percentAt(lastKill + 1000) + 4,
            'SQS redelivers their messages after 3 minutes. Nothing is done twice.',
          ] as const,
        ]
      : []),
    [end, isGood ? 'Every store equals the file, to the penny.' : 'The stores differ from the file.'],
  ];
  const last = texts.length - 1;
  return texts
    .map(([from, text], i) => {
      const to = texts[i + 1]?.[0] ?? 100;
      const start = i === 0 ? '' : `0%,${at(from)}{opacity:0}`;
      const stop = i === last ? 'to{opacity:1}' : `${at(to)}{opacity:1}${at(to + 0.1)},to{opacity:0}`;
      const frames = `@keyframes w${i}{${start}${at(from + (i === 0 ? 0 : 0.1))}{opacity:1}${stop}}`;
      const hidden = i === last ? '' : ' opacity="0"';
      return `<style>${frames}</style><text class="caption"${hidden} style="animation-name:w${i}" x="${LEFT}" y="61">${text}</text>`;
    })
    .join('');
}

function clock(time: DisplayTime): string {
  const samples = time.samples(CLOCK_SAMPLES);
  const texts = samples.map((ms) =>
    time.end < 100_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`,
  );
  return counter(
    'z',
    texts,
    samples.map((ms) => time.percentAt(ms)),
    WIDTH - LEFT,
    40,
    'clock',
  );
}
