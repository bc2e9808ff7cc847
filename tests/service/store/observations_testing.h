// Observations and drafts for tests of the store. Everything is a function
// of its seed, so that what was stored can be made again and compared.

#ifndef COLLATE_TESTS_SERVICE_STORE_OBSERVATIONS_TESTING_H_
#define COLLATE_TESTS_SERVICE_STORE_OBSERVATIONS_TESTING_H_

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "service/store/observations.h"
#include "service/store/store.h"
#include "tests/testing/test_scale.h"

namespace collate::store {

using ::collate::testing::TestScale;

// Rows that use every column to its limits; `axes` of them sorted.
Observations RandomObservations(std::mt19937_64& random, size_t rows,
                                size_t axes);

// One row per force, offence and quarter, as a police release has them.
Observations PoliceObservations(size_t rows);

// Every field, strings written out: equal texts mean equal observations.
std::string Describe(const Observations& observations);
// Likewise per row, without the numbers of the strings.
std::string DescribeRow(const Observations& observations, size_t row);
// All rows of all parts, in the order of their texts.
std::vector<std::string> SortedRows(const std::vector<Observations>& parts);

std::string Bytes(uint64_t seed, size_t size);
DocumentReader ReaderOf(std::string bytes);

// A complete release of `source`: a document of `document_size` bytes and
// `rows` rows. The name is a function of `seed`, and so is what is in it.
ReleaseDraft MakeDraft(const std::string& source, uint64_t seed,
                       size_t rows = 40, size_t document_size = 3000);

}  // namespace collate::store

#endif  // COLLATE_TESTS_SERVICE_STORE_OBSERVATIONS_TESTING_H_
