#include "service/ingest/sniff.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/error.h"

namespace collate::ingest {
namespace {

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// `text` is lower-case already.
bool HasWord(absl::string_view text, absl::string_view word) {
  const std::string sought = absl::AsciiStrToLower(word);
  size_t at = text.find(sought);
  for (; at != absl::string_view::npos; at = text.find(sought, at + 1)) {
    const size_t end = at + sought.size();
    const bool begins =
        at == 0 || !IsWordByte(text[at - 1]) || !IsWordByte(sought.front());
    const bool ends = end == text.size() || !IsWordByte(text[end]) ||
                      !IsWordByte(sought.back());
    if (begins && ends) return true;
  }
  return false;
}

// Empty when `words` are there, else what is wrong.
std::string HeaderWordsProblem(const HeaderWords& words,
                               absl::string_view text) {
  for (const std::string& word : words.all_of) {
    if (!HasWord(text, word)) return absl::StrCat("lacks '", word, "'");
  }
  if (!words.any_of.empty() &&
      std::none_of(words.any_of.begin(), words.any_of.end(),
                   [&](const std::string& w) { return HasWord(text, w); })) {
    return absl::StrCat("has none of '", absl::StrJoin(words.any_of, "', '"),
                        "'");
  }
  for (const std::string& word : words.none_of) {
    if (HasWord(text, word)) return absl::StrCat("has '", word, "'");
  }
  return "";
}

bool HasMagic(const Magic& magic, absl::string_view head) {
  return magic.offset <= head.size() &&
         head.substr(magic.offset, magic.bytes.size()) ==
             absl::string_view(magic.bytes);
}

// "*.xlsx": whatever has this ending.
bool IsEndingOnly(absl::string_view glob) {
  return absl::StartsWith(glob, "*.") &&
         glob.substr(1).find_first_of("*?") == absl::string_view::npos;
}

// The adapter and family are the caller's to fill in.
SniffFinding Match(const AdapterFamily& family, absl::string_view name,
                   absl::string_view head, absl::string_view text) {
  SniffFinding finding;
  std::vector<std::string> why;
  if (!family.globs.empty()) {
    const auto glob = std::find_if(
        family.globs.begin(), family.globs.end(),
        [&](const std::string& g) { return GlobMatches(g, name); });
    if (glob == family.globs.end()) {
      finding.reason = absl::StrCat("its name matches no glob of ",
                                    absl::StrJoin(family.globs, ", "));
      return finding;
    }
    why.push_back(absl::StrCat("its name matches ", *glob));
  }
  if (!family.magic.empty()) {
    const auto magic =
        std::find_if(family.magic.begin(), family.magic.end(),
                     [&](const Magic& m) { return HasMagic(m, head); });
    if (magic == family.magic.end()) {
      finding.reason = "its first bytes are none of this kind's";
      return finding;
    }
    why.push_back(absl::StrCat("it has ", absl::BytesToHexString(magic->bytes),
                               " at byte ", magic->offset));
  }
  if (!family.header_words.empty()) {
    std::vector<std::string> problems;
    bool found = false;
    for (const HeaderWords& words : family.header_words) {
      std::string problem = HeaderWordsProblem(words, text);
      if (problem.empty()) {
        found = true;
        break;
      }
      problems.push_back(std::move(problem));
    }
    if (!found) {
      finding.reason =
          absl::StrCat("its beginning ", absl::StrJoin(problems, "; or "));
      return finding;
    }
    why.push_back("its beginning has the words of the header");
  }
  finding.matched = true;
  finding.by_ending_only =
      family.magic.empty() && family.header_words.empty() &&
      std::none_of(family.globs.begin(), family.globs.end(),
                   [&](const std::string& g) {
                     return !IsEndingOnly(g) && GlobMatches(g, name);
                   });
  finding.reason = absl::StrJoin(why, ", ");
  return finding;
}

}  // namespace

bool GlobMatches(absl::string_view glob, absl::string_view name) {
  size_t g = 0;
  size_t n = 0;
  // Where to go on after the last `*`, with one more byte in it.
  size_t star = absl::string_view::npos;
  size_t star_n = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_n = n;
    } else if (g < glob.size() &&
               (glob[g] == '?' ||
                absl::ascii_tolower(static_cast<unsigned char>(glob[g])) ==
                    absl::ascii_tolower(static_cast<unsigned char>(name[n])))) {
      ++g;
      ++n;
    } else if (star != absl::string_view::npos) {
      g = star + 1;
      n = ++star_n;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::vector<SniffFinding> Sniff(const Registry& registry,
                                absl::string_view name,
                                absl::string_view head) {
  head = head.substr(0, kSniffBytes);
  const std::string text = absl::AsciiStrToLower(head);
  std::vector<SniffFinding> findings;
  for (const AdapterEntry& adapter : registry.entries()) {
    if (!adapter.ready()) continue;
    for (const AdapterFamily& family : adapter.families) {
      if (family.only_when_named) {
        findings.push_back({adapter.id, family.id, false, false,
                            "is read only when the sender names the adapter "
                            "or one of its options"});
        continue;
      }
      SniffFinding finding = Match(family, name, head, text);
      finding.adapter = adapter.id;
      finding.family = family.id;
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

absl::StatusOr<const AdapterEntry*> AdapterOfOptions(const Registry& registry,
                                                     const Pairs& options) {
  const AdapterEntry* chosen = nullptr;
  for (const AdapterEntry& adapter : registry.entries()) {
    if (!adapter.ready()) continue;
    const bool named =
        std::any_of(adapter.options.begin(), adapter.options.end(),
                    [&](const AdapterOption& option) {
                      return option.names_adapter &&
                             std::any_of(options.begin(), options.end(),
                                         [&](const auto& pair) {
                                           return pair.first == option.name;
                                         });
                    });
    if (!named) continue;
    if (chosen != nullptr) {
      return base::Error(
                 absl::StatusCode::kFailedPrecondition, "AMBIGUOUS_ADAPTER",
                 absl::StrCat("the options are those of ", chosen->id,
                              " and of ", adapter.id, "; name one of them"))
          .With("adapters", absl::StrCat(chosen->id, ",", adapter.id));
    }
    chosen = &adapter;
  }
  return chosen;
}

absl::StatusOr<const AdapterEntry*> ChooseAdapter(const Registry& registry,
                                                  absl::string_view name,
                                                  absl::string_view head) {
  const std::vector<SniffFinding> findings = Sniff(registry, name, head);
  const bool told_more = std::any_of(
      findings.begin(), findings.end(), [](const SniffFinding& finding) {
        return finding.matched && !finding.by_ending_only;
      });
  std::vector<std::string> candidates;
  std::vector<std::string> lines;
  for (const SniffFinding& finding : findings) {
    if (finding.matched && !(told_more && finding.by_ending_only) &&
        (candidates.empty() || candidates.back() != finding.adapter)) {
      candidates.push_back(finding.adapter);
    }
    lines.push_back(absl::StrCat(finding.adapter, "/", finding.family, ": ",
                                 finding.reason));
  }
  if (candidates.size() == 1) return registry.Find(candidates.front());
  if (candidates.empty()) {
    for (const AdapterEntry& adapter : registry.entries()) {
      for (const std::string& problem : adapter.problems) {
        lines.push_back(absl::StrCat(adapter.id, ": not usable: ", problem));
      }
    }
    return base::Error(
               absl::StatusCode::kInvalidArgument, "NO_ADAPTER",
               absl::StrCat(
                   "no adapter reads ", name,
                   lines.empty()
                       ? ": there is none"
                       : absl::StrCat(":\n  ", absl::StrJoin(lines, "\n  "))))
        .With("document", name);
  }
  std::vector<std::string> matches;
  for (const SniffFinding& finding : findings) {
    if (finding.matched) {
      matches.push_back(absl::StrCat(finding.adapter, "/", finding.family, ": ",
                                     finding.reason));
    }
  }
  return base::Error(absl::StatusCode::kFailedPrecondition, "AMBIGUOUS_ADAPTER",
                     absl::StrCat(candidates.size(), " adapters read ", name,
                                  "; name one of them:\n  ",
                                  absl::StrJoin(matches, "\n  ")))
      .With("document", name)
      .With("adapters", absl::StrJoin(candidates, ","));
}

}  // namespace collate::ingest
