/** A part of an alarm that is not evaluated here. The message names it. */
export class UnsupportedAlarm extends Error {
  public override readonly name = 'UnsupportedAlarm';
}
