// A cell of an answer that is complete: what is written of answers and of
// explanations is written of this one.

#ifndef COLLATE_TESTS_CLIENT_KENT_CELL_H_
#define COLLATE_TESTS_CLIENT_KENT_CELL_H_

#include "collate/v1/statistics.pb.h"
#include "tests/client/text_proto.h"

namespace collate::testing {

inline v1::Cell KentCell() {
  return TextProto<v1::Cell>(R"pb(
    measure: 'offences'
    unit: 'offences'
    coordinates { dimension: 'reporter' member: 'kent' title: 'Kent' }
    period {
      start_date: '2017-04-01'
      end_date: '2018-04-01'
      kind: PERIOD_KIND_FINANCIAL_YEAR
      text: '2017/18'
    }
    state: STATE_REPORTED
    reported: 4429
    reported_bounds { lower: 4429 upper: 4429 }
    panel_bounds { lower: 4429 upper: 4429 }
    coverage {
      expected: 1
      due: 1
      complete: 1
      tally { state: STATE_REPORTED count: 1 }
    }
    flags: CELL_FLAG_TILED_PERIOD
    flags: CELL_FLAG_REPEATED_KEY_ADDED
    basis: BASIS_PANEL_SUM
    sources { source: 's' reporter_count: 1 }
    handle: 'h'
    citations {
      release: 'sources/s/releases/r'
      document: 'f.csv'
      document_sha256: 'aa'
      locator: 'f.csv:L2:C8'
      raw: ' 59 '
      reporter_text: 'Kent'
      period_text: '2017/18 1'
      labels { dimension: 'offence' text: '88A' }
    }
    citation_count: 7
  )pb");
}

}  // namespace collate::testing

#endif  // COLLATE_TESTS_CLIENT_KENT_CELL_H_
