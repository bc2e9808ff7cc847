// All handlers over a published world, as a transport serves them.

#ifndef COLLATE_TESTS_SERVICE_API_SERVED_WORLD_H_
#define COLLATE_TESTS_SERVICE_API_SERVED_WORLD_H_

#include <memory>

#include "service/api/handlers.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/ingest/ingestor.h"
#include "service/ingest/live_registry.h"
#include "service/ingest/supervisor.h"
#include "service/store/answer_book.h"
#include "tests/service/api/published_world.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/world.h"

namespace collate::testing {

class ServedWorld {
 public:
  // Clock and log outlive it.
  ServedWorld(const World& world, const base::Clock& clock, base::Log& log)
      : clock_(&clock), log_(&log), world_(world) {}

  api::Handlers handlers() const {
    api::Handlers handlers;
    handlers.statistics.stored = &statistics_;
    handlers.exports.stored = &exports_;
    handlers.catalogue.stored = &catalogue_;
    handlers.ingestion = &ingestion_;
    handlers.operations = &operations_;
    return handlers;
  }

 private:
  const base::Clock* const clock_;
  base::Log* const log_;
  TempDir adapters_;
  PublishedWorld world_;
  ingest::Supervisor supervisor_{{.worker_path = "/nowhere/collate-worker"}};
  ingest::LiveRegistry registry_{{.directories = {adapters_.path()}},
                                 &supervisor_};
  ingest::Ingestor ingestor_{{.vocabulary = MakeTestVocabulary(),
                              .registry = &registry_,
                              .supervisor = &supervisor_,
                              .publisher = &world_.publisher(),
                              .clock = clock_}};
  api::StatisticsHandlers statistics_{{.publisher = &world_.publisher()}};
  api::ExportHandlers exports_{{.publisher = &world_.publisher()}};
  api::CatalogueHandlers catalogue_{{.publisher = &world_.publisher(),
                                     .registry = &registry_,
                                     .supervisor = &supervisor_}};
  api::IngestionHandlers ingestion_{
      {.ingestor = &ingestor_, .publisher = &world_.publisher()}};
  TempDir data_;
  std::unique_ptr<store::AnswerBook> book_ =
      *store::OpenAnswerBook(data_.path());
  api::OperationsHandlers operations_{{.publisher = &world_.publisher(),
                                       .store = &world_.store(),
                                       .answers = book_.get(),
                                       .registry = &registry_,
                                       .supervisor = &supervisor_,
                                       .log = log_}};
};

}  // namespace collate::testing

#endif  // COLLATE_TESTS_SERVICE_API_SERVED_WORLD_H_
