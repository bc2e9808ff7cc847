// What a published cell says, when it is more or less than a number.
//
// The numbers are the same in the plugin ABI (plugins/sdk/adapter.h), in the
// worker's frames, in stored chunks and in the public API, so that a state
// crosses every door unchanged; tests/service/vocabulary/state_test.cc holds
// them together. Values are appended, never renumbered.

#ifndef COLLATE_SERVICE_VOCABULARY_STATE_H_
#define COLLATE_SERVICE_VOCABULARY_STATE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace collate::vocabulary {

enum class State : uint8_t {
  kUnspecified = 0,
  kReported = 1,            // an exact count, may be a true zero
  kRounded = 2,             // published to a base
  kSuppressed = 3,          // a number exists and is withheld
  kPartialPeriod = 4,       // covers fewer months than asked
  kRefused = 5,             // asked, refused; the ground is the reason
  kNoResponse = 6,          // asked, no answer by the due date
  kNoRelease = 7,           // nothing is held from this reporter
  kOmittedByPublisher = 8,  // the publisher left the reporter out, says so
  kNotHeld = 9,             // answered: not recorded
  kNotYetPublished = 10,    // due later
  kNotAsked = 11,           // no number is due
  kNotApplicable = 12,      // no number is due
  kIncludedElsewhere = 13,  // counted in another named member
  kAggregated = 14,         // only given together with others
  kWithdrawn = 15,          // published, then retracted
  kDroppedInEdition = 16,   // printed once, absent from a later edition
  kNotShown = 17,           // a blank, or a marker of undeclared meaning
  kNotCrossed = 18,         // published, but never for this breakdown
  kAnalystExcluded = 19,    // printed, and left out by the question
};
inline constexpr int kStateCount = 20;
// Those that a document can be read as, which come first. The others are of
// answers alone: no adapter, frame or stored chunk may carry them.
inline constexpr int kPublishedStateCount = 19;

// "REPORTED", "NO_RELEASE", ...; "UNSPECIFIED" for an unknown number.
absl::string_view StateName(State state);

// REPORTED and ROUNDED: the publisher printed a number for the whole cell.
constexpr bool IsPrinted(State state) {
  return state == State::kReported || state == State::kRounded;
}

// NOT_ASKED and NOT_APPLICABLE: nobody owes a number. NOT_YET_PUBLISHED
// depends on the date and is decided by the query.
constexpr bool IsNeverDue(State state) {
  return state == State::kNotAsked || state == State::kNotApplicable;
}

// Orders states from "no number is due" (0, 1) through a complete number
// (REPORTED is 2) to nothing at all. A reporter whose leaves are mixed counts
// under the worst of them, so a leaf without a due number never hides one that
// has a number. UNSPECIFIED is -1, where a search for the worst may begin.
int Severity(State state);

// Quality flags travel beside the state; bits, appended and never renumbered.
enum Flag : uint32_t {
  kFlagProvisional = 1u << 0,
  kFlagRevised = 1u << 1,
  kFlagEstimated = 1u << 2,
  kFlagSeriesBreak = 1u << 3,
  kFlagDefinitionDiffers = 1u << 4,
  kFlagTotalMismatch = 1u << 5,  // the publisher's total does not add up
  kFlagSynthetic = 1u << 6,
  kFlagRepeatedKeyAdded = 1u << 7,  // one of several printed cells of one key
  // The publisher's total counts cells without a figure as 0.
  kFlagTotalIgnoresMarkers = 1u << 8,
};

}  // namespace collate::vocabulary

#endif  // COLLATE_SERVICE_VOCABULARY_STATE_H_
