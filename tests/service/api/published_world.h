// A World behind a Publisher, for tests of handlers and of the server.

#ifndef COLLATE_TESTS_SERVICE_API_PUBLISHED_WORLD_H_
#define COLLATE_TESTS_SERVICE_API_PUBLISHED_WORLD_H_

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "service/query/publisher.h"
#include "tests/testing/indexed_store.h"
#include "tests/testing/memory_store.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/world.h"

namespace collate::testing {

class PublishedWorld {
 public:
  explicit PublishedWorld(const World& world,
                          query::Publisher::Options options = {}) {
    auto opened = query::Publisher::Open(MakeTestVocabulary(), &indexed_,
                                         std::move(options));
    EXPECT_THAT(opened, IsOk());
    publisher_ = *std::move(opened);
    Add(world);
  }

  // Publishes what `world` has; what it cannot read, nobody can.
  void Add(const World& world) {
    const auto snapshot = world.Build();
    for (const auto& loaded : snapshot->releases()) {
      if (!loaded->problem.ok()) store_.Damage(loaded->release.name);
    }
    for (const store::ReleaseDraft& draft : DraftsOf(*snapshot)) {
      EXPECT_THAT(publisher_->Publish(draft), IsOk());
    }
  }

  query::Publisher& publisher() { return *publisher_; }
  MemoryStore& store() { return store_; }
  // The same store, as the publisher has it.
  IndexedStore& indexed() { return indexed_; }

 private:
  MemoryStore store_;
  IndexedStore indexed_{&store_};
  std::unique_ptr<query::Publisher> publisher_;
};

// Three reporters of panel `four` print 88A for three years; s is silent,
// r's last year is withheld. One row has a label that nobody knows.
inline World ThreeReporters() {
  World world;
  world.Release("first", "2020-06-01")
      .Slice({.axes = {"offence@code"}})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = "2017/18",
            .value = 50,
            .line = 2})
      .Row({.reporter = "q",
            .at = {"88A"},
            .period = "2017/18",
            .value = 0,
            .line = 4})
      .Row({.reporter = "r",
            .at = {"88A"},
            .period = "2017/18",
            .value = 7,
            .line = 3})
      .Row({.reporter = "p",
            .at = {"71"},
            .period = "2017/18",
            .value = 5,
            .line = 5})
      .Row({.reporter = "p",
            .at = {"88A"},
            .period = "2018/19",
            .value = 60,
            .line = 6})
      .Row({.reporter = "q",
            .at = {"88A"},
            .period = "2018/19",
            .value = 1,
            .line = 7})
      .Row({.reporter = "r",
            .at = {"88A"},
            .period = "2018/19",
            .state = vocabulary::State::kSuppressed,
            .lower = 1,
            .upper = 4,
            .reason = "fewer than five",
            .line = 8})
      .Slice({.axes = {"offence@"}})
      .Row({.reporter = "p",
            .at = {""},
            .period = "2017/18",
            .value = 3,
            .line = 9});
  return world;
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_SERVICE_API_PUBLISHED_WORLD_H_
