// Sources, releases, vocabulary entries and adapters as collate.v1 messages.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_SERVICE_API_CONVERT_CATALOGUE_H_
#define COLLATE_SERVICE_API_CONVERT_CATALOGUE_H_

#include <string>

#include "collate/v1/catalogue.pb.h"
#include "service/ingest/registry.h"
#include "service/ingest/supervisor.h"
#include "service/store/store.h"
#include "service/vocabulary/vocabulary.h"

namespace collate::api {

v1::Release ToProto(const store::Release& release);
v1::Measure ToProto(const vocabulary::Measure& measure);
v1::Dimension ToProto(const vocabulary::Dimension& dimension);
// `today` decides which parents are named.
v1::Member ToProto(const vocabulary::Dimension& dimension,
                   vocabulary::MemberId id, vocabulary::Day today);
// `today` decides which areas the panel equals.
v1::Panel ToProto(const vocabulary::Panel& panel,
                  const vocabulary::Dimension& reporters,
                  vocabulary::Day today);
// What the adapter's files say, and whether the supervisor would read with it.
v1::Adapter ToProto(const ingest::AdapterEntry& adapter,
                    const ingest::Supervisor& supervisor);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CONVERT_CATALOGUE_H_
