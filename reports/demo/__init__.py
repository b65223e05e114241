"""The demo city 青岚市: invented people in the workbooks their units would type, brought in by our own importer.

`people` invents them, `workbooks` types them, `city` makes the organizations and accounts, `life` lets a few years
go by: deaths, transfers, visits; `collection` leaves a yearly collection half way.
"""
