# 在庫を数える
def count_stock(shelf)
  # 棚にある品物の数を返す。
  shelf.length
end
