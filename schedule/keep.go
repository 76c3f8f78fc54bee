package schedule

import _ "github.com/adhocore/gronx"
