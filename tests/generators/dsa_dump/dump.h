// Made-up dumps in the shape of the DSA Transparency Database's: every column
// of schema 1 or 2, cells quoted as PHP's fputcsv does, texts about as long as
// real ones (1.1 kB a record), deterministic by seed. Nothing in them is any
// platform's figure.
//
// Records come one after the other and are never held; what was put into them
// is counted beside, so that a reader's counts can be compared with the truth.

#ifndef COLLATE_TESTS_GENERATORS_DSA_DUMP_DUMP_H_
#define COLLATE_TESTS_GENERATORS_DSA_DUMP_DUMP_H_

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace collate::dsa_dump {

struct Options {
  uint64_t seed = 1;
  uint64_t records = 1000;
  std::string day = "2024-03-14";
  int schema = 1;      // 2 has content_id_ean
  bool light = false;  // without the long texts
  // Every so many records, 0 = never.
  uint64_t duplicate_every = 0;  // the record before once more
  uint64_t damage_every = 0;     // one of the kinds of Damage, in turn
  uint64_t next_day_every = 0;   // was created on the day after
};

// What is done to a record. Each costs one record and no other, but for
// kLostLineEnd, which costs the next one as well.
enum class Damage {
  kOpenQuote,    // a quote that closes a text is lost
  kBadUtf8,      // a byte of a text is none of UTF-8
  kStrayQuote,   // a quote within a cell without quotes
  kLostField,    // a comma is lost
  kExtraField,   // a comma too many
  kBadTime,      // created_at is none
  kBadCode,      // a category that is none
  kLostLineEnd,  // another byte stands for the line feed
};
inline constexpr int kDamageCount = 8;

// Labels of an output cell, by the names of its columns.
using Key = std::vector<std::string>;

struct Truth {
  // day, platform, category, source type, detection, decision, account action
  std::map<Key, uint64_t> statements;
  // day, platform, category, keyword
  std::map<Key, uint64_t> by_keyword;
  // day, platform, category, restriction
  std::map<Key, uint64_t> restrictions;
  uint64_t counted = 0;  // records that are whole, each uuid once
  uint64_t duplicates = 0;
  uint64_t lost = 0;
};

class Dump {
 public:
  explicit Dump(const Options& options);

  std::string Header() const;  // with its line end
  // Appends the next record; false after the last.
  bool Append(std::string* out);
  // Of the records so far.
  Truth TruthSoFar() const;

 private:
  // What of a record is counted, as indices into the lists of dump.cc.
  struct Said {
    uint8_t day = 0, platform = 0, category = 0, addition = 0, keywords = 0,
            source = 0, detection = 0, decision = 0, account = 0,
            visibility = 0, monetary = 0, provision = 0;
  };

  uint64_t Random();
  uint64_t Below(uint64_t most) { return Random() % most; }
  Said Choose();
  void Write(const Said& said, std::string* out);
  void AppendUuid(std::string* out);
  void AppendTime(const std::string& day, std::string* out);
  // Of the record out[begin, end); false when it cannot be done to it.
  bool Harm(Damage damage, size_t begin, std::string* out);

  const Options options_;
  std::string next_day_;
  uint64_t state_[2];
  Said said_last_;
  uint64_t variant_ = 0;  // of the texts
  uint64_t made_ = 0;
  bool swallow_ = false;  // the next record is part of the one before
  std::string last_;
  std::unordered_map<uint64_t, std::pair<Said, uint64_t>> said_;
  Truth totals_;
};

}  // namespace collate::dsa_dump

#endif  // COLLATE_TESTS_GENERATORS_DSA_DUMP_DUMP_H_
