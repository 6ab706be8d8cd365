import {
  awaitsPerson,
  MAX_TRIED,
  REDRIVE_ALIASES,
  type RedriveAnswer,
  type RedriveDiscarded,
  type RedriveFound,
  type RedriveList,
  type RedriveRequest,
  type RedriveStatus,
  type RedriveTrial,
} from '../../../lib/protocol';
import { choose, noneOf, unknown } from './choose';
import { keyOf, type RedriveDependencies } from './dependencies';
import { discard } from './discard';
import { list } from './list';
import { statusOf } from './status';
import { tryAgain } from './try-again';

/** Maximum messages that a request discards. */
const MAX_DISCARDED = 1_000;

type Answer = RedriveList | RedriveFound | RedriveTrial | readonly RedriveStatus[] | RedriveDiscarded;

/**
 * Answers a request of a person. It never returns values of messages.
 * @param alias of the function by which it was invoked; undefined if it isn't known
 */
export async function redrive(
  request: RedriveRequest,
  alias: string | undefined,
  dependencies: RedriveDependencies,
): Promise<RedriveAnswer<Answer>> {
  const { entries, now } = dependencies;
  const verb = request?.verb;
  if (
    (alias === REDRIVE_ALIASES.redrive && verb === 'discard') ||
    (alias === REDRIVE_ALIASES.discard && verb !== 'discard')
  ) {
    return { refused: `the alias '${alias}' doesn't serve the verb '${verb}'` };
  }
  switch (request?.verb) {
    case 'list':
      return list(dependencies);
    case 'status':
      return statusOf(request.keys, dependencies);
    case 'find': {
      const { chosen } = await choose(request, request.limit, () => true, entries, 0);
      return chosen.length === 0 ? unknown(request) : { table: entries.table, keys: chosen.map(keyOf) };
    }
    case 'try': {
      const chosen = await choose(
        request,
        Math.min(request.limit, MAX_TRIED),
        (one) => awaitsPerson(one, now()),
        entries,
      );
      return noneOf(request, chosen) ?? tryAgain(chosen, request.decision, dependencies);
    }
    case 'discard': {
      const chosen = await choose(request, MAX_DISCARDED, (one) => awaitsPerson(one, now()), entries);
      return noneOf(request, chosen) ?? discard(chosen, request.reason, dependencies);
    }
    default:
      return {
        refused: `verb must be list, find, try, status or discard, got ${JSON.stringify((request as { verb?: unknown } | null)?.verb)}`,
      };
  }
}
