import { errorPage } from './edge-answer';
import {
  type BehaviorModel,
  type DistributionModel,
  type EdgeRequest,
  type EdgeResponse,
  type IOriginClient,
  OriginTimeout,
} from './model';
import { OriginAccess } from './origin-access';
import { originRequest } from './origin-request';
import { behaviorOf } from './path-pattern';

/** An answer of an origin, or CloudFront's answer if the origin failed. */
export interface OriginAnswer {
  readonly response: EdgeResponse;
  /**
   * Reason why access control refused the request, or why the origin failed. Undefined otherwise.
   */
  readonly reason?: string;
}

/** The origins of a distribution, with access control and custom error responses. */
export class EdgeOrigins {
  private readonly access: OriginAccess;

  /** @throws Error if the client can't reach an origin */
  public constructor(
    private readonly model: DistributionModel,
    private readonly client: IOriginClient,
  ) {
    this.access = new OriginAccess(model.arn);
    for (const origin of model.origins) client.check?.(origin);
  }

  /**
   * Sends a request to the origin of a behaviour. A custom error response may replace an error
   * answer.
   */
  public async answer(behavior: BehaviorModel, request: EdgeRequest): Promise<OriginAnswer> {
    const answer = await this.send(behavior.originId, originRequest(this.model, behavior, request));
    return answer.response.status < 400 ? answer : this.customError(answer);
  }

  private async send(originId: string, request: EdgeRequest): Promise<OriginAnswer> {
    const origin = this.model.origins.find((candidate) => candidate.id === originId);
    if (origin === undefined) return { response: errorPage(502, `There is no origin '${originId}'.`) };
    const refused = this.access.refusal(origin, request);
    if (refused !== undefined) return refused;
    const sent = {
      ...request,
      path: `${origin.path}${request.path}`,
      headers: { ...request.headers, ...origin.customHeaders },
    };
    try {
      return { response: this.access.hideMissing(origin, await this.client.send(origin, sent)) };
    } catch (error) {
      const response =
        error instanceof OriginTimeout
          ? errorPage(504, 'The origin did not answer in time.')
          : errorPage(502, 'The origin could not be reached.');
      return { response, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  private async customError(answer: OriginAnswer): Promise<OriginAnswer> {
    const { status } = answer.response;
    const custom = this.model.errorResponses.find((candidate) => candidate.status === status);
    if (custom?.page === undefined) return answer;
    const behavior = behaviorOf(this.model.behaviors, custom.page);
    const asked = {
      method: 'GET',
      path: custom.page,
      query: '',
      headers: {},
      body: new Uint8Array(),
      ip: '',
      secure: true,
    };
    const { response: page } = await this.send(behavior.originId, originRequest(this.model, behavior, asked));
    if (page.status !== 200) return answer;
    return { ...answer, response: { ...page, status: custom.responseStatus ?? status } };
  }
}
