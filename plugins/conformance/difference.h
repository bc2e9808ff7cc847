// Where two readings of one document differ.
//
// Pure functions; safe to use from any thread.

#ifndef COLLATE_PLUGINS_CONFORMANCE_DIFFERENCE_H_
#define COLLATE_PLUGINS_CONFORMANCE_DIFFERENCE_H_

#include <string>

#include "service/ingest/supervisor.h"

namespace collate::conformance {

// The first thing that differs, in words; empty when nothing does.
std::string FirstDifference(const ingest::ReadResult& a,
                            const ingest::ReadResult& b);

}  // namespace collate::conformance

#endif  // COLLATE_PLUGINS_CONFORMANCE_DIFFERENCE_H_
