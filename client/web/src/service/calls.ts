// The service as the page sees it: the API's methods as Connect JSON over the
// page's own origin. A token is asked for only when a call comes back
// UNAUTHENTICATED, and kept for this tab alone.

import {
  Code,
  ConnectError,
  createClient,
  type Interceptor,
} from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { CatalogueService } from "../generated/collate/v1/catalogue_service_pb";
import { IngestionService } from "../generated/collate/v1/ingestion_service_pb";
import { StatisticsService } from "../generated/collate/v1/statistics_service_pb";

const TOKEN = "collate-token";

type AskForToken = () => Promise<string | undefined>;
let askForToken: AskForToken = () => Promise.resolve(undefined);
// One question for all calls that wait for its answer.
let asking: Promise<boolean> | undefined;

// Who asks the reader for a token; undefined means that there is none.
export function onUnauthenticated(ask: AskForToken): void {
  askForToken = ask;
}

// True when there is a token that `refused` is not.
function otherToken(refused: string | null): Promise<boolean> {
  if (sessionStorage.getItem(TOKEN) !== refused) return Promise.resolve(true);
  asking ??= askForToken()
    .then((token) => {
      if (token) sessionStorage.setItem(TOKEN, token);
      else sessionStorage.removeItem(TOKEN);
      return token !== undefined;
    })
    .finally(() => {
      asking = undefined;
    });
  return asking;
}

const authorise: Interceptor = (next) => async (request) => {
  for (;;) {
    const token = sessionStorage.getItem(TOKEN);
    if (token) request.header.set("Authorization", `Bearer ${token}`);
    try {
      return await next(request);
    } catch (error) {
      // A stream's message can be sent only once, a unary one again.
      if (
        !(error instanceof ConnectError) ||
        error.code !== Code.Unauthenticated ||
        request.stream ||
        !(await otherToken(token))
      ) {
        throw error;
      }
    }
  }
};

const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: false,
  interceptors: [authorise],
});

export const statistics = createClient(StatisticsService, transport);
export const catalogue = createClient(CatalogueService, transport);
export const ingestion = createClient(IngestionService, transport);

// All pages of a list.
export async function allPages<Page extends { nextPageToken: string }, Item>(
  ask: (pageToken: string) => Promise<Page>,
  items: (page: Page) => Item[],
): Promise<Item[]> {
  const all: Item[] = [];
  let token = "";
  do {
    const page = await ask(token);
    all.push(...items(page));
    token = page.nextPageToken;
  } while (token);
  return all;
}
