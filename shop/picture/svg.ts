/** Width of the picture. */
export const WIDTH = 960;
/** Left edge of the content. */
export const LEFT = 24;

/** A number with at most one decimal. */
export const short = (value: number): string => String(Number(value.toFixed(1)));

/** A moment of the loop as a CSS keyframe selector, at most 99.9%. */
export const at = (percent: number): string => `${Number(Math.min(percent, 99.9).toFixed(1))}%`;
