// Writes the synthetic pack of FOI answers into a folder.
//
//   foi_pack FOLDER [DATA]
//
// DATA holds reporters.csv and totals.csv; default: those of the sources. The
// folder is made, and files in it of the same name are replaced. A second run
// writes the same bytes.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include "tests/generators/foi_pack/figures.h"
#include "tests/generators/foi_pack/layouts.h"
#include "tests/generators/foi_pack/manifest.h"

namespace collate::foi_pack {
namespace {

void Write(const std::string& folder, const std::string& name,
           const std::string& bytes) {
  std::ofstream out(folder + "/" + name, std::ios::binary);
  out << bytes << std::flush;
  if (out) return;
  std::fprintf(stderr, "foi_pack: cannot write %s/%s\n", folder.c_str(),
               name.c_str());
  std::exit(1);
}

// Days of May, for forces that do not all answer on one.
std::string InMay(const std::string& year, size_t index) {
  return year + "-05-" + std::to_string(10 + index % 20);
}

void WriteAnswer(const std::string& folder, const Reporter& reporter,
                 const Figures& figures, const std::string& year,
                 const std::vector<std::string>& periods, const Form& form,
                 size_t index) {
  const std::string stem = "SYNTHETIC " + reporter.code + " " + year;
  Request request{
      .reporter = reporter.title,
      .offence = reporter.offence,
      .reference = "SYNTHETIC " + year + "/" + std::to_string(index + 1),
      .requested = year + "-05-01",
      .received = "",
      .periods = periods};
  AnswerFiles answer;
  std::vector<NamedFile> files;
  if (!form.layout.empty()) {
    Answer content{.reporter = reporter.title, .offence = reporter.offence};
    for (const std::string& period : periods) {
      content.offences.emplace_back(period, figures.offences.at(period));
    }
    content.known = figures.known.at(periods.back());
    content.uses = figures.uses.at(periods.back());
    answer = LayOut(content, form.layout, form.format);
    request.received = InMay(year, index);
  }
  for (const AnswerFile& file : answer.files) {
    files.push_back({stem + file.suffix, &file});
    Write(folder, files.back().name, file.bytes);
  }
  Write(folder,
        (files.empty() ? stem : files.front().name) + ".answer.textproto",
        ManifestText(request, answer, files));
}

int Run(const std::string& folder, const std::string& data) {
  const std::vector<Reporter> reporters =
      ReadReporters(data + "/reporters.csv");
  const std::map<std::string, Figures> figures =
      SpreadTotals(reporters, ReadTotals(data + "/totals.csv"));
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  const std::vector<std::string> of_2024 = {"2017/18", "2018/19", "2019/20",
                                            "2020/21", "2021/22", "2022/23",
                                            "2023/24"};
  for (size_t i = 0; i < reporters.size(); ++i) {
    const Figures& its = figures.at(reporters[i].code);
    WriteAnswer(folder, reporters[i], its, "2024", of_2024,
                reporters[i].of_2024, i);
    WriteAnswer(folder, reporters[i], its, "2025", {"2024/25"},
                reporters[i].of_2025, i);
  }
  std::printf("SYNTHETIC: %zu reporters, two answers each, in %s\n",
              reporters.size(), folder.c_str());
  return 0;
}

}  // namespace
}  // namespace collate::foi_pack

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: foi_pack FOLDER [DATA]\n");
    return 2;
  }
  return collate::foi_pack::Run(argv[1], argc == 3 ? argv[2] : FOI_PACK_DATA);
}
