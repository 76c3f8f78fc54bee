module smbready

go 1.26.0
