// The service as the page sees it: the API's methods as Connect JSON over the
// page's own origin. A token is asked for only when a call comes back
// UNAUTHENTICATED, and kept for this tab alone.

import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { CatalogueService } from "../generated/collate/v1/catalogue_service_pb";
import { IngestionService } from "../generated/collate/v1/ingestion_service_pb";
import { StatisticsService } from "../generated/collate/v1/statistics_service_pb";

const TOKEN = "collate-token";

export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

type AskForToken = () => Promise<boolean>;
let askForToken: AskForToken | undefined;

// Who asks the reader for a token; true means that one was kept.
export function onUnauthenticated(ask: AskForToken): void {
  askForToken = ask;
}

const authorise: Interceptor = (next) => async (request) => {
  const add = () => {
    const token = sessionStorage.getItem(TOKEN);
    if (token) request.header.set("Authorization", `Bearer ${token}`);
  };
  add();
  try {
    return await next(request);
  } catch (error) {
    // A stream's message can be sent only once, a unary one again.
    if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated
        || request.stream || !(await askForToken?.())) {
      throw error;
    }
    add();
    return next(request);
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
  ask: (pageToken: string) => Promise<Page>, items: (page: Page) => Item[]): Promise<Item[]> {
  const all: Item[] = [];
  let token = "";
  do {
    const page = await ask(token);
    all.push(...items(page));
    token = page.nextPageToken;
  } while (token);
  return all;
}
