/** The error for a part of an alarm that isn't supported. The message names it. */
export class UnsupportedAlarm extends Error {
  public override readonly name = 'UnsupportedAlarm';
}
