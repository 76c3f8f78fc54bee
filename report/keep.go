package report

import _ "github.com/xuri/excelize/v2"
